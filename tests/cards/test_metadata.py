from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import ModelCard, ModelCardData
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading, Value
from bot.cards.front_matter import split
from bot.cards.metadata import stated
from bot.cards.reading import read_facts
from bot.documents import DocumentError
from tests.fixtures.make_models import DECLARED, tuned_model

FIXTURES = Path(__file__).parent / "fixtures"
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


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_facts(tuned_model(tmp_path_factory.mktemp("models") / "model"))


def hub_reads(card: str) -> ModelCardData:
    data = ModelCard(card).data
    assert isinstance(data, ModelCardData)
    return data


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


def test_norwegian_stays_norwegian(reading: Reading) -> None:
    text = render_card(reading, replace(DECLARED, language=("no",))).text
    assert hub_reads(text).language == "no"


def test_what_people_wrote_in_the_metadata_wins_over_what_was_guessed(reading: Reading) -> None:
    again = render_card(reading, Declared(), "---\nbase_model: other/base\nlanguage: no\n---\n# Mine\n")
    assert split(again.text).data["base_model"] == "other/base"
    assert split(again.text).data["language"] == "no"


def test_broken_metadata_is_reported_with_the_line_in_the_card(reading: Reading) -> None:
    with pytest.raises(DocumentError) as caught:
        render_card(reading, DECLARED, "---\nlicense: mit\nlicense: apache-2.0\n---\n")
    assert caught.value.problems[0].line == 3


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


def adapter(base: str) -> Reading:
    return Reading(
        (
            Fact("base_model", base, "adapter_config.json", "base_model_name_or_path"),
            Fact("peft_type", "LORA", "adapter_config.json", "peft_type"),
            Fact("task_type", "CAUSAL_LM", "adapter_config.json", "task_type"),
        )
    )


def test_an_adapter_says_itself_what_it_belongs_to() -> None:
    data = hub_reads(render_card(adapter("acme/little-chat"), Declared()).text)
    assert data.base_model == "acme/little-chat"
    assert data["base_model_relation"] == "adapter"
    assert (data.library_name, data.pipeline_tag) == ("peft", "text-generation")


@pytest.mark.parametrize(
    "path", ["outputs/checkpoint-500", "models/base", "./base", "/home/me/base", "runs/sft"]
)
def test_a_folder_that_an_adapter_was_trained_from_is_no_base_model(path: str) -> None:
    assert "base_model:" not in render_card(adapter(path), Declared()).text


def test_what_was_emitted_is_written_in_grams() -> None:
    facts = (
        Fact("emissions", 0.0123, "emissions.csv", "emissions"),
        Fact("emissions_country", "NLD", "emissions.csv", "country_iso_code"),
        Fact("emissions_gpu", "1 x Card", "emissions.csv", "gpu_model"),
    )
    text = render_card(Reading(facts), Declared(base_models=("a/b",), base_model_relation="finetune")).text
    assert split(text).data["co2_eq_emissions"] == {
        "emissions": 12.3,
        "source": "codecarbon",
        "training_type": "fine-tuning",
        "geographical_location": "NLD",
        "hardware_used": "1 x Card",
    }
    assert "12.3 g of CO₂" in text


def test_a_newer_version_is_named_in_the_metadata_and_the_text() -> None:
    text = render_card(adapter("acme/little-chat"), Declared(new_version="acme/chat-2")).text
    assert split(text).data["new_version"] == "acme/chat-2"
    assert "chat\\-2" in text


def test_the_text_of_a_licence_beside_the_model_is_its_licence() -> None:
    text = Fact("license_text", "apache-2.0", "LICENSE", "text")
    assert split(render_card(Reading((text,)), Declared()).text).data["license"] == "apache-2.0"
    assert split(render_card(Reading((text,)), Declared(license="mit")).text).data["license"] == "mit"
    other = Fact("license_text", "mit", "COPYING", "text")
    assert "license" not in split(render_card(Reading((text, other)), Declared()).text).data


def test_what_a_gguf_file_was_given_stands_in_the_metadata() -> None:
    reading = read_facts(FIXTURES / "gguf")
    card = render_card(reading, Declared()).text
    data = split(card).data
    assert (data["base_model"], data["base_model_relation"]) == ("acme/tiny-llama", "quantized")
    assert (data["license"], data["language"]) == ("apache-2.0", ["en", "no"])
    assert data["pipeline_tag"] == "text-generation"
    assert "# Tiny Llama Opinions\n" in card


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gguf.license", "other"),
        ("gguf.license", "my own"),
        ("gguf.languages", ["en", "Klingonese"]),
        ("gguf.base_model_url.0", "https://example.com/a/b"),
        ("gguf.base_model_url.0", "https://huggingface.co/out/checkpoint-5"),
    ],
)
def test_what_a_gguf_file_names_otherwise_than_the_hub_is_not_taken(name: str, value: Value) -> None:
    assert stated(Reading((Fact(name, value, "m.gguf", name),))) == Declared()


def test_the_licence_in_an_onnx_file_is_the_models() -> None:
    facts = [
        Fact(f"onnx.property.{key}", "apache-2.0", "m.onnx", key) for key in ("license", "model_license")
    ]
    assert stated(Reading(tuple(facts))).license == "apache-2.0"
