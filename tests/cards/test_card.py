import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard, ModelCardData
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.blocks import mark, merge
from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import split
from bot.cards.lint import lint
from bot.cards.questions import questions
from bot.cards.reading import read_facts
from bot.documents import DocumentError
from tests.fixtures.make_models import DECLARED, tuned_model

PIECES = [
    *(f"<!-- giveback:generated {name} 00000000 -->\n" for name in "ab"),
    *(f"<!-- /giveback:generated {name} -->" for name in "ab"),
    mark("a", "x"),
    "words\n",
]
"""What a card's text may be made of as far as blocks are concerned."""

YAML_PIECES = [
    "a: ",
    "b: ",
    "license: ",
    "tags: ",
    "1.10",
    "no",
    "*x",
    "&x ",
    "|",
    "\n",
    "  ",
    "- ",
    "# c\n",
    "'",
]
"""What metadata may be made of."""

PERSONS_RESULT = {
    "task": {"type": "image-classification"},
    "dataset": {"type": "acme/other", "name": "Other"},
    "metrics": [{"type": "accuracy", "value": 0.5}],
    "source": {"name": "A paper", "url": "https://example.org/paper"},
}
"""A result that somebody put into the model-index by hand."""


VOUCHING = "its numbers were read from that file"


def hub_reads(card: str) -> ModelCardData:
    data = ModelCard(card).data
    assert isinstance(data, ModelCardData)
    return data


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return read_facts(tuned_model(tmp_path / "model"))


def test_the_same_facts_give_the_same_bytes(reading: Reading) -> None:
    assert render_card(reading, DECLARED).text == render_card(reading, DECLARED).text


def test_the_hub_client_reads_the_metadata_as_it_was_meant(reading: Reading) -> None:
    data = hub_reads(render_card(reading, DECLARED).text)
    assert data.license == "apache-2.0"
    assert data.base_model == "acme/digits-base"
    assert "base_model_relation" not in data, "left out, so that the Hub infers it"
    assert data.pipeline_tag == "image-classification"
    results = {result.metric_type: result for result in data.eval_results or []}
    measured = reading.own("eval_accuracy")
    assert measured is not None
    assert results["accuracy"].metric_value == measured.value
    assert results["accuracy"].source_name == "eval_results.json"


def test_every_number_in_the_tables_stands_in_the_file_named_beside_it(tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    text = render_card(read_facts(folder), DECLARED).text
    rows = re.findall(r"^\| .* \| `([0-9.e+-]+)` \| `([\w.]+)` \|$", text, re.MULTILINE)
    assert len(rows) >= 8
    for number, file in rows:
        if file.endswith(".json") and (number, file) != ("10", "config.json"):
            assert number in (folder / file).read_text()


def test_a_generated_card_has_no_errors_and_no_placeholders(tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    text = render_card(read_facts(folder), DECLARED).text
    report = lint(text, folder)
    assert report.findings == ()
    assert report.score == 95, "nobody measured its emissions"
    assert "more information" not in text.lower()


def test_sections_nobody_can_know_are_left_out_and_asked_for(reading: Reading) -> None:
    text = render_card(reading, Declared()).text
    assert "Intended use" not in text
    assert "Limitations" not in text
    asked = {question.key for question in questions(reading, Declared())}
    assert {"license", "intended-use", "limitations", "evaluated-on"} <= asked
    assert questions(reading, DECLARED) == ()


def test_results_reach_the_metadata_only_when_people_said_what_they_were_measured_on(
    reading: Reading,
) -> None:
    assert "model-index" not in render_card(reading, replace(DECLARED, evaluated_on=None)).text


def test_norwegian_stays_norwegian(reading: Reading) -> None:
    text = render_card(reading, replace(DECLARED, language=("no",))).text
    assert hub_reads(text).language == "no"


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


def test_what_people_wrote_in_the_metadata_wins_over_what_was_guessed(reading: Reading) -> None:
    again = render_card(reading, Declared(), "---\nbase_model: other/base\nlanguage: no\n---\n# Mine\n")
    assert split(again.text).data["base_model"] == "other/base"
    assert split(again.text).data["language"] == "no"


def test_broken_metadata_is_reported_with_the_line_in_the_card(reading: Reading) -> None:
    with pytest.raises(DocumentError) as caught:
        render_card(reading, DECLARED, "---\nlicense: mit\nlicense: apache-2.0\n---\n")
    assert caught.value.problems[0].line == 3


def test_a_part_that_is_new_is_put_after_the_one_before_it() -> None:
    old = f"intro\n\n{mark('a', 'one')}\n\nwords\n"
    new = f"{mark('a', 'one')}\n\n{mark('b', 'two')}"
    text = merge(old, new).text
    assert text.index("one") < text.index("two") < text.index("words")


def test_a_part_that_was_emptied_stays_away() -> None:
    emptied = mark("a", "one").replace("one\n", "")
    merged = merge(emptied, mark("a", "one"))
    assert "one" not in merged.text
    assert merged.kept == ("a",)


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


def test_what_a_configuration_names_as_its_origin_is_asked_about_and_not_written(reading: Reading) -> None:
    fact = Fact("name_or_path", "outputs/checkpoint-500", "config.json", "_name_or_path")
    text = render_card(Reading((fact,)), Declared()).text
    assert "base_model" not in text
    assert "checkpoint-500" not in text
    asked = {one.key: one.text for one in questions(Reading((fact,)), Declared())}
    assert "`outputs/checkpoint-500`" in asked["base-models"]
    assert "base-models" not in {
        one.key for one in questions(Reading((fact,)), Declared(base_models=("acme/base",)))
    }


def test_what_the_card_answers_is_not_asked_again(reading: Reading) -> None:
    text = render_card(reading, DECLARED).text
    assert questions(reading, Declared(), text) == ()


def evaluated(*facts: Fact) -> Reading:
    return Reading(facts)


def index_of(card: str) -> list[dict[str, Any]]:
    [model] = split(card).data["model-index"]
    results: list[dict[str, Any]] = model["results"]
    return results


EVALUATED = Fact("eval_accuracy", 0.9, "eval_results.json", "eval_accuracy")
TESTED = Fact("test_accuracy", 0.8, "test_results.json", "test_accuracy")
F1 = Fact("test_f1", 0.7, "more_results.json", "test_f1")


def test_of_evaluation_and_test_only_the_test_reaches_the_metadata() -> None:
    text = render_card(evaluated(EVALUATED, TESTED), DECLARED).text
    [result] = index_of(text)
    assert result["metrics"] == [{"type": "accuracy", "value": 0.8}]
    assert result["source"]["name"] == "test_results.json"
    told = text[text.index("Measured on") :]
    assert (
        told.index("`0.8`") < told.index("other data, which their file does not name") < told.index("`0.9`")
    )


def test_every_source_file_is_a_result_of_its_own() -> None:
    results = index_of(render_card(evaluated(F1, TESTED), DECLARED).text)
    assert [(one["source"]["name"], one["metrics"][0]["value"]) for one in results] == [
        ("more_results.json", 0.7),
        ("test_results.json", 0.8),
    ]


def test_a_number_is_taken_from_the_file_made_for_it() -> None:
    facts = [Fact("test_accuracy", 0.1, file, "k") for file in ("a_results.json", "all_results.json")]
    [result] = index_of(render_card(evaluated(*facts, TESTED), DECLARED).text)
    assert result["source"]["name"] == "test_results.json"


def test_results_that_people_put_into_the_metadata_stay(reading: Reading) -> None:
    data = f"model-index: {json.dumps([{'name': 'mine', 'results': [PERSONS_RESULT]}])}\n"
    first = render_card(reading, DECLARED, f"---\n{data}---\n# T\n").text
    assert PERSONS_RESULT in index_of(first)
    assert len(index_of(first)) == 2
    changed = replace(
        reading, facts=tuple(replace(f, value=0.1) if f.name == "eval_accuracy" else f for f in reading.facts)
    )
    again = render_card(changed, DECLARED, first).text
    assert PERSONS_RESULT in index_of(again)
    assert [one["metrics"][0]["value"] for one in index_of(again)] == [0.5, 0.1]
    assert split(again).data["model-index"][0]["name"] == "mine"


def test_results_of_other_models_and_addresses_do_not_name_the_model(reading: Reading) -> None:
    data = f"model-index: {json.dumps([{'name': 'mine', 'results': [PERSONS_RESULT]}])}\n"
    card = f"---\n{data}---\n# T\n".replace("example.org/paper", "github.com/them/theirs/blob/main/a.json")
    assert index_of(render_card(reading, Declared(), card).text) == index_of(card)


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


def test_results_that_are_gone_leave_the_card(reading: Reading) -> None:
    first = render_card(reading, DECLARED).text
    rest = tuple(fact for fact in reading.facts if not fact.name.startswith("eval_"))
    assert "## Evaluation" not in render_card(Reading(rest), DECLARED, first).text


def test_metadata_of_the_wrong_kind_is_reported_with_its_line(reading: Reading) -> None:
    odd = "---\nlicense: [1]\nbase_model: {a: 1}\ntags: 5\nmodel-index: [{results: [1]}]\n---\n# T\n"
    with pytest.raises(DocumentError) as caught:
        render_card(reading, DECLARED, odd)
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4, 5]
    assert "tags has to be text" in caught.value.problems[2].message


@pytest.mark.parametrize(
    "line",
    [
        "self: 1",
        "eval_results: x",
        "ignore_metadata_errors: true",
        "model_name: mine",
        "to_yaml: 1",
        "a b: []",
    ],
)
def test_a_key_of_any_name_stays_as_it_was(reading: Reading, line: str) -> None:
    text = render_card(reading, DECLARED, f"---\n{line}\n---\n# T\n").text
    assert text.startswith(f"---\n{line}\n")
    assert split(text).data["license"] == "apache-2.0"


def test_comments_and_the_way_values_are_written_stay_in_the_metadata(reading: Reading) -> None:
    front = "# ours\nversion: 1.10  # not 1.1\nlicense: mit\n# why\ntags: [a, 'b']\ndate: 2024-01-01\n"
    text = render_card(reading, replace(DECLARED, license="isc"), f"---\n{front}---\n# T\n").text
    assert text.startswith(f"---\n{front.replace('license: mit', 'license: isc')}")
    assert render_card(reading, replace(DECLARED, license="isc"), text).text == text


def test_metadata_whose_lines_cannot_be_kept_is_written_anew(reading: Reading) -> None:
    for front in ("{license: mit, thumbnail: a.png}", "license: &a isc\nthumbnail: a.png\nx: [*a]"):
        text = render_card(reading, DECLARED, f"---\n{front}\n---\n# T\n").text
        data = split(text).data
        assert (data["license"], data["thumbnail"]) == ("apache-2.0", "a.png")


@given(st.text(max_size=60) | st.lists(st.sampled_from(YAML_PIECES), max_size=8).map("".join))
def test_any_metadata_is_kept_or_refused(front: str) -> None:
    existing = f"---\n{front}\n---\n# T\n"
    try:
        made = render_card(Reading(), Declared(license="isc", tags=("t",)), existing).text
    except DocumentError:
        return
    old, new = split(existing).data, split(made).data
    kept = {key: value for key, value in old.items() if key not in ("license", "tags") and value is not None}
    assert repr({key: new[key] for key in kept}) == repr(kept)
    assert (new["license"], new["tags"]) == ("isc", ["t"])


@pytest.mark.parametrize(
    "existing",
    [
        "<!-- giveback:generated a 00000000 -->\n" * 25_000,
        "".join(f"<!-- giveback:generated {'a' * (n % 500 + 1)} 00000000 -->\n" for n in range(3000)),
        "<!-- /giveback:generated a -->" * 30_000 + "<!-- giveback:generated a 00000000 -->\n" * 25_000,
        "<!-- giveback:generated " + "a-" * 500_000,
    ],
    ids=["never closed", "many names", "closed before", "long name"],
)
@pytest.mark.timeout(30)
def test_a_hostile_card_is_merged_in_one_pass(existing: str) -> None:
    merged = merge(existing, mark("a", "new"))
    assert merged.text.startswith(existing.rstrip())
    assert merged.kept == ()


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_merging_finds_the_blocks_a_lazy_expression_would(existing: str) -> None:
    lazy = re.compile(
        r"<!-- giveback:generated (?P<name>[a-z-]+) (?P<digest>[0-9a-f]{8}) -->\n.*?"
        r"<!-- /giveback:generated (?P=name) -->",
        re.DOTALL,
    )
    expected = [match["name"] for match in lazy.finditer(existing) if match[0] != mark(match["name"], "x")]
    merged = merge(existing, "", lasting=("a", "b"))
    assert list(merged.kept) == expected
    assert merged.text == existing.rstrip() + "\n"
