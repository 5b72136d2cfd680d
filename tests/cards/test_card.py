import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import split
from bot.cards.lint import lint
from bot.cards.reading import read_facts
from tests.fixtures.make_models import DECLARED, tuned_model

VOUCHING = "its numbers were read from that file"


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_facts(tuned_model(tmp_path_factory.mktemp("models") / "model"))


def test_the_same_facts_give_the_same_bytes(reading: Reading) -> None:
    assert render_card(reading, DECLARED).text == render_card(reading, DECLARED).text


def test_a_generated_card_has_no_errors_and_no_placeholders(tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    text = render_card(read_facts(folder), DECLARED).text
    report = lint(text, folder)
    assert report.findings == ()
    assert report.score == 95, "nobody measured its emissions"
    assert "more information" not in text.lower()


def test_text_from_files_cannot_break_out_of_its_cell() -> None:
    evil = "x` | <script>alert(1)</script> ${{ } @everyone"
    text = render_card(Reading((Fact("model_type", evil, "config.json", "model_type"),)), Declared()).text
    row = next(line for line in text.splitlines() if line.startswith("| Model type"))
    assert row.count(" | ") - row.count("\\| ") == 2 or "\\|" in row
    assert re.search(r"``.*<script>.*``", row)


def test_declared_text_can_neither_open_a_tag_nor_end_a_block(reading: Reading) -> None:
    declared = replace(
        DECLARED, description="a <!-- /giveback:generated details --> b <img src=x>\n---\nlicense: mit"
    )
    text = render_card(reading, declared).text
    assert "<img" not in text
    assert split(text).data["license"] == "apache-2.0"


def test_generating_again_changes_nothing(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    assert render_card(reading, DECLARED, first).text == first


def test_generating_again_keeps_what_people_wrote_and_updates_the_rest(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    edited = first.replace("# Digits, moved\n", "# A better name\n\nThanks to everyone.\n", 1)
    edited = edited.replace("tags", "tags").replace("---\n\n", "thumbnail: digits.png\n---\n\n", 1)
    facts = tuple(
        replace(fact, value=0.99) if fact.name == "eval_accuracy" else fact for fact in reading.facts
    )
    again = render_card(replace(reading, facts=facts), DECLARED, edited)
    assert "Thanks to everyone." in again.text
    assert split(again.text).data["thumbnail"] == "digits.png"
    assert "`0.99`" in again.text
    assert again.kept == ()


def test_a_generated_part_that_was_edited_by_hand_stays_and_is_named(reading: Reading) -> None:
    edited = render_card(reading, DECLARED).text.replace("It has only seen", "It has, I am told, only seen")
    again = render_card(reading, DECLARED, edited)
    assert "I am told" in again.text
    assert again.kept == ("limitations",)


def test_a_card_without_marks_keeps_its_text_and_gains_the_generated_parts(reading: Reading) -> None:
    again = render_card(reading, DECLARED, "---\nlicense: mit\ntags: [mine]\n---\n# Mine\n\nMy words.\n")
    assert "My words." in again.text
    assert again.text.index("My words.") < again.text.index("## Model details")
    assert split(again.text).data["tags"] == ["mine"]
    assert render_card(reading, DECLARED, again.text).text == again.text


def test_the_snippet_fits_the_library() -> None:
    facts = (
        Fact("architectures", ["BertForSequenceClassification"], "config.json", "architectures"),
        Fact("transformers_version", "5.23.0", "config.json", "transformers_version"),
    )
    text = render_card(Reading(facts), Declared(model_id="acme/kind")).text
    assert 'pipeline("text-classification", model="acme/kind")' in text


def test_shards_are_added_up() -> None:
    facts = tuple(
        Fact(name, count, f"model-0000{shard}.safetensors", "header")
        for shard in (1, 2)
        for name, count in (("parameters", 30), ("parameters.F16", 10), ("parameters.F32", 20))
    )
    text = render_card(Reading(facts), Declared(model_id="acme/kind")).text
    assert "**Parameters:** 60 (F16: 20, F32: 40), counted in 2 safetensors files" in text


def test_a_base_model_that_is_a_path_on_somebodys_disk_is_not_named() -> None:
    for path in ("/home/me/base", "./out/checkpoint-3", "C:\\models\\base", "../base"):
        fact = Fact("name_or_path", path, "config.json", "_name_or_path")
        assert "base_model" not in render_card(Reading((fact,)), Declared()).text


def test_a_card_vouches_for_its_numbers_only_while_nobody_edited_them(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    assert VOUCHING in first
    edited = first.replace("| `accuracy` | `", "| `accuracy` | `9")
    again = render_card(reading, DECLARED, edited)
    assert again.kept == ("evaluation",)
    assert VOUCHING not in again.text
    assert (
        VOUCHING
        in render_card(reading, DECLARED, again.text.replace("| `accuracy` | `9", "| `accuracy` | `")).text
    )


def test_what_was_declared_once_stays_when_it_is_not_declared_again(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    assert render_card(reading, Declared(), first).text == first


def test_a_citation_file_says_how_to_cite_the_model() -> None:
    facts = (
        Fact("citation.title", "Digits *moved*", "CITATION.cff", "title"),
        Fact("citation.authors", ["Ada Lovelace", "The Digit Group"], "CITATION.cff", "authors"),
        Fact("citation.doi", "10.5281/zenodo.1", "CITATION.cff", "doi"),
        Fact("citation.date_released", "2026-01-02", "CITATION.cff", "date-released"),
    )
    text = render_card(Reading(facts), Declared(words={"citation": "Cite the blog."})).text
    assert "## Citation" in text
    assert "Ada Lovelace, The Digit Group. 2026\\-01\\-02. Digits \\*moved\\*, DOI 10.5281/" in text
    assert "the blog" not in text
    assert "Cite the blog." in render_card(Reading(), Declared(words={"citation": "Cite the blog."})).text


def test_what_a_tracker_noted_stands_apart_from_results() -> None:
    fact = Fact("wandb.summary.accuracy", 0.7, "wandb/latest-run/files/wandb-summary.json", "accuracy")
    text = render_card(Reading((fact,)), replace(DECLARED, pipeline_tag="text-generation")).text
    assert "What the tracker of the run noted last" in text
    assert "`0.7`" in text
    assert "model-index" not in text


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["adapter_model.safetensors"], "- **Parameters of the adapter:** 4,194,304 (BF16), counted in"),
        (["pytorch_lora_weights.safetensors"], "- **Parameters of the adapter:** 4,194,304 (BF16)"),
        (["adapter_model.safetensors", "model.safetensors"], "- **Parameters:** 8,388,608 (BF16)"),
    ],
)
def test_what_an_adapter_adds_is_not_taken_for_the_size_of_the_model(files: list[str], said: str) -> None:
    facts = [
        Fact(name, 4_194_304, file, "header") for file in files for name in ("parameters", "parameters.BF16")
    ]
    assert said in render_card(Reading(tuple(facts)), Declared()).text


def test_data_that_is_a_file_on_somebodys_disk_is_named_and_not_linked() -> None:
    text = render_card(Reading(), Declared(datasets=("acme/data", "opinions.jsonl"))).text
    assert "- **Dataset:** [acme/data](https://huggingface.co/datasets/acme/data)" in text
    assert "- **Dataset:** `opinions.jsonl`\n" in text
