import json
from pathlib import Path

import pytest

from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading, Unreadable
from bot.cards.fix import fix, written_again
from bot.cards.lint import Beside, lint, lint_against

GOOD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
base_model: acme/base
datasets: [acme/data]
language: en
---

# A model

It tells kind words from unkind ones, in English.

## Intended use

Moderation.

## Limitations

English only.

## Usage

See below.

## Training

On the words of acme/data, for an hour.

## Evaluation

It was right on 9 of 10 new sentences.
"""


def found(card: str, known: Beside | None = None) -> set[str]:
    return {finding.rule for finding in lint_against(card, known or Beside()).findings}


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "rule", "fixed"),
    [
        ("license: apache-2.0", "license: Apache License 2.0", "licence-unknown", "license: apache-2.0"),
        ("license: apache-2.0", "license: [MIT]", "licence-unknown", "license:\n- mit"),
        ("license: apache-2.0", "licence: MIT", "licence-misspelled", "license: mit"),
        ("license:", "licence: license\nlicense:", "licence-misspelled", "---\nlicense: apache-2.0\nlibrary"),
        (
            "library_name: transformers",
            "library: transformers",
            "key-misspelled",
            "library_name: transformers",
        ),
        ("transformers", "Transformers", "library-name-unusual", "library_name: transformers"),
        ("text-classification", "sentiment-analysis", "pipeline-tag-unknown", "pipeline_tag: text-classif"),
        ("text-classification", "Text Classification", "pipeline-tag-unknown", "pipeline_tag: text-classif"),
        ("language: en", "language: English", "language-not-a-code", "language: en"),
        ("language: en", "language: [en, Dutch]", "language-not-a-code", "- en\n- nl"),
        ("language: en", "language: no", "language-read-as-false", "language: 'no'"),
        ("language: en", "language: [en, no]", "language-read-as-false", "- 'no'"),
        ("language: en", "language: false", "language-read-as-false", "language: 'no'"),
        ("[acme/data]", "[acme/data, null]", "metadata-of-wrong-kind", "datasets:\n- acme/data"),
        (
            "base_model:",
            "base_model_relation: lora\nbase_model:",
            "base-model-relation-unknown",
            "tion: adapter",
        ),
        (
            "language: en",
            "language: en\nmodel-index:\n- name: x\n  results: []",
            "model-index-empty",
            "language: en",
        ),
        ("## Usage", "## Usage [optional]", "placeholder", "## Usage\n"),
        ("English only.", "English only.\n\nMore information needed", "placeholder", "English only.\n"),
        ("See below.", "See below.\n<!-- Provide a quick\nsummary. -->", "placeholder", "See below."),
        ("See below.", "hub_token: hf_" + "aB3" * 12, "secret-in-card", "hub_token: [removed]"),
        ("See below.", "wandb_api_key: 0123456789abcdef0123", "secret-in-card", "wandb_api_key: [removed]"),
    ],
)
def test_what_has_one_right_answer_is_fixed(old: str, new: str, rule: str, fixed: str) -> None:
    card = changed(old, new)
    assert rule in found(card)
    after = fix(card)
    assert fixed in after.text
    assert rule in {finding.rule for finding in after.fixed}
    assert found(after.text) == set()
    assert fix(after.text).text == after.text


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("license: apache-2.0", "license: other\ntags: [llama-factory]", "licence-unknown"),
        ("license: apache-2.0", "license: aplache-2", "licence-unknown"),
        ("text-classification", "word-magic", "pipeline-tag-unknown"),
        ("language: en", "language: Klingonese", "language-not-a-code"),
        ("language: en", "language: xq", "language-not-a-code"),
        ("language: en", "language: en\nnew_version: the next one", "new-version-not-an-id"),
        ("language: en", "language: en\nco2_eq_emissions: much", "emissions-not-a-number"),
        ("acme/base", "/workspace/base", "path-on-disk"),
        ("See below.", "base_model: /home/ann/models/llama", "path-on-disk"),
        ("See below.", r"data: C:\Users\ann\data", "path-on-disk"),
        ("See below.", "See [usage](#the-usage).", "dead-link"),
        ("See below.", '```python\npipeline("x", model="None")\n```', "code-names-no-model"),
        ("See below.", '```python\nload("your-username/model")\n```', "code-names-no-model"),
        ("English only.", "English only, says [your name].", "placeholder"),
    ],
)
def test_what_people_have_to_decide_is_told_and_left_alone(old: str, new: str, rule: str) -> None:
    card = changed(old, new)
    assert rule in found(card)
    assert fix(card).text == card


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("language: en", "language: [zh-Hant, pt-BR, yue, multilingual, code]"),
        ("language: en", "language: 'no'"),
        ("See below.", "[Usage](#usage), [site](https://example.org), [mail](mailto:a@example.org)"),
        ("See below.", "use_auth_token: true\nhub_token: ${HF_TOKEN}\npath: ./outputs"),
        ("See below.", "https://example.org/home/page and s3://bucket/data/home/x"),
        ("See below.", '```python\nload("acme/model")  # TODO: more\n```'),
        ("See below.", "[Your data](https://example.org) is yours."),
    ],
)
def test_what_is_right_is_left_in_peace(old: str, new: str) -> None:
    assert found(changed(old, new)) == set()


def test_no_message_repeats_a_secret() -> None:
    token = "hf_" + "aB3" * 12
    for finding in lint(changed("See below.", f"token {token}")).findings:
        assert token not in finding.message


def test_links_and_files_of_the_metadata_are_looked_for_beside_the_card(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    here = "[one](config.json) [two](./config.json#L1) ![three](config.json?raw=true) [out](../README.md)"
    assert lint(changed("See below.", here), tmp_path).findings == ()
    gone = '[one](gone.json)\n\n<img src="gone.png">\n\n[two]: gone.md'
    findings = lint(changed("See below.", gone), tmp_path).findings
    assert [(one.rule, one.line) for one in findings] == [
        ("dead-link", 24),
        ("dead-link", 26),
        ("dead-link", 28),
    ]
    metadata = changed("apache-2.0", "other\nlicense_name: mine\nlicense_link: LICENSE")
    assert {one.rule for one in lint(metadata, tmp_path).findings} == {"dead-link"}


def beside(*facts: Fact, unreadable: tuple[Unreadable, ...] = ()) -> Beside:
    return Beside(Reading(facts, unreadable), Declared(model_id="acme/kind"))


FRONT = "---\nlicense: mit\n---\n"
EVALUATED = Fact("eval_accuracy", 0.91, "eval_results.json", "eval_accuracy")
EMITTED = Fact("emissions", 0.0123, "emissions.csv", "emissions")


def test_emissions_in_kilograms_are_written_in_grams() -> None:
    card = changed("language: en", "language: en\nco2_eq_emissions:\n  emissions: 0.0123")
    assert found(card, beside(EMITTED)) == {"emissions-in-kilograms"}
    assert "emissions: 12.3" in fix(card, beside(EMITTED)).text
    assert found(fix(card, beside(EMITTED)).text, beside(EMITTED)) == set()
    assert found(card.replace("0.0123", "9"), beside(EMITTED)) == {"emissions-differ"}


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        ("- Accuracy: 0.91", set()),
        ("- Accuracy: 91.0%", set()),
        ("| **Accuracy** | 0.91 |", set()),
        ("- Accuracy: 0.95", {"number-differs"}),
        ("| accuracy | 0.9 |", set()),
        ("| eval_accuracy | 0.8 |", {"number-differs"}),
        ("- Learning rate: 0.95", set()),
        ("| accuracy | 0.95 | 0.7 |", set()),
    ],
)
def test_numbers_in_the_text_are_held_against_the_result_files(line: str, rules: set[str]) -> None:
    assert found(changed("It was right", f"{line}\n\nIt was right"), beside(EVALUATED)) == rules


def test_a_number_that_names_its_file_is_taken_from_it() -> None:
    index = [
        {
            "name": "kind",
            "results": [
                {
                    "task": {"type": "text-classification"},
                    "dataset": {"type": "acme/data", "name": "Data"},
                    "metrics": [{"type": "accuracy", "value": 0.99}],
                    "source": {
                        "name": "eval_results.json",
                        "url": "https://huggingface.co/acme/kind/blob/main/eval_results.json",
                    },
                }
            ],
        }
    ]
    card = changed("language: en", f"language: en\nmodel-index: {json.dumps(index)}")
    assert "number-differs" in found(card, beside(EVALUATED))
    assert "number-differs" not in found(fix(card, beside(EVALUATED)).text, beside(EVALUATED))
    bare = card.replace('"dataset": {"type": "acme/data", "name": "Data"}, ', "")
    assert "model-index-incomplete" in found(bare)


def test_a_run_on_a_part_of_its_samples_is_an_error() -> None:
    limited = Fact("limit", 10, "results_1.json", "config.limit")
    assert found(GOOD, beside(limited)) == {"evaluation-limited"}


def test_a_file_that_was_not_read_is_named() -> None:
    assert found(GOOD, beside(unreadable=(Unreadable("a.json", "it is not JSON"),))) == {"file-not-read"}


def test_the_base_that_an_adapter_names_is_asked_for() -> None:
    base = Fact("base_model", "acme/base", "adapter_config.json", "base_model_name_or_path")
    card = changed("base_model: acme/base\n", "")
    assert found(card, beside(base)) == {"base-model-missing"}
    assert "base_model: acme/base" in fix(card, beside(base)).text
    on_disk = changed("acme/base", "./models/base")
    assert "base_model: acme/base" in fix(on_disk, beside(base)).text
    assert found(card.replace("transformers", "peft")) == {"base-model-missing"}


def test_code_that_names_no_model_is_given_the_name_people_said() -> None:
    card = changed("See below.", '```python\npipeline("x", model="None", device=None)\n```')
    fixed = fix(card, Beside(declared=Declared(model_id="acme/kind"))).text
    assert 'model="acme/kind", device=None)' in fixed


def test_the_stand_in_of_sentence_transformers_is_given_the_name_people_said() -> None:
    code = '# Opinions\n\n```python\nmodel = SentenceTransformer("sentence_transformers_model_id")\n```\n'
    known = Beside(declared=Declared(model_id="acme/opinions"))
    assert 'SentenceTransformer("acme/opinions")' in fix(code, known).text
    assert "code-names-no-model" in {one.rule for one in lint_against(code, Beside()).findings}


def test_a_comment_with_a_blank_line_in_it_is_looked_at() -> None:
    card = changed("See below.", "See below.\n\n<!-- Provide\n\na summary -->")
    assert "placeholder" in found(card)
    assert "See below." in fix(card).text


@pytest.mark.parametrize("card", ["", "# T\n", "---\n: [\n---\n", "---\r\nlicence: MIT\r\n---\r\n# T\r\n"])
def test_an_odd_card_is_fixed_as_far_as_it_can_be(card: str) -> None:
    once = fix(card).text
    assert fix(once).text == once


def test_a_licence_that_is_not_the_one_beside_the_card_is_found() -> None:
    text = Fact("license_text", "mit", "LICENSE", "text")
    assert found(GOOD, beside(text)) == {"licence-differs"}
    assert found(changed("apache-2.0", "mit"), beside(text)) == set()


def test_what_was_not_read_says_nothing_about_a_generated_part() -> None:
    reading = Reading((Fact("gguf.version", 3, "a.gguf", "version"),))
    text = written_again(reading, Declared()).text
    assert "part-outdated" in found(text, Beside(Reading()))
    assert "part-outdated" not in found(text, Beside(Reading(), is_whole=False))


@pytest.mark.parametrize(
    "body",
    [
        "](" * 200_000,
        "- a" + " " * 400_000 + "x",
        "hf_" + "a" * 400_000,
        '<a id="x">\n' * 20_000 + "[x](#x)\n" * 20_000,
        "[None](https://huggingface.co/None)\n" * 10_000,
        "/home/" + "a/" * 200_000,
        "hub_token: " * 40_000,
    ],
    ids=lambda body: body[:12],
)
@pytest.mark.timeout(30)
def test_a_hostile_card_is_looked_at_and_fixed_in_one_pass(body: str) -> None:
    assert len(lint_against(FRONT + body, beside(EVALUATED)).findings) < 60
    assert fix(FRONT + body, beside(EVALUATED)).text
