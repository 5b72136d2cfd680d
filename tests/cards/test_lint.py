import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.front_matter import split
from bot.cards.lint import Part, lint
from bot.cards.outline import outline
from bot.cards.reading import read_facts
from tests.fixtures.make_models import DECLARED, finished_model, tuned_model

GOOD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
base_model: acme/base
datasets: [acme/data]
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


def rules(card: str, folder: Path | None = None) -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in lint(card, folder).findings]


def test_a_good_card_has_no_findings() -> None:
    assert rules(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("license: apache-2.0\n", "", "licence-missing", 2),
        ("license: apache-2.0", "license: Apache 2", "licence-unknown", 2),
        ("license: apache-2.0", "license: unknown", "licence-unknown", 2),
        ("license: apache-2.0", "license: other", "licence-unknown", 2),
        ("license: apache-2.0", "license: apache-2.0\nlicence: license", "licence-misspelled", 3),
        ("library_name: transformers\n", "", "library-name-missing", 2),
        ("pipeline_tag: text-classification\n", "", "pipeline-tag-missing", 2),
        ("acme/base", "/home/me/checkpoints/base", "base-model-not-an-id", 5),
        ("acme/base", "../base", "base-model-not-an-id", 5),
        ("datasets:", "language: false\ndatasets:", "language-read-as-false", 6),
        ("datasets:", "language: English\ndatasets:", "language-not-a-code", 6),
        ("acme/base", "{a: 1}", "metadata-of-wrong-kind", 5),
        ("[acme/data]", "[null]", "metadata-of-wrong-kind", 6),
        ("[acme/data]", "[acme/data, opinions.jsonl]", "dataset-not-an-id", 6),
        ("datasets:", "tags: 5\ndatasets:", "metadata-of-wrong-kind", 6),
        ("datasets:", "model-index: x\ndatasets:", "metadata-of-wrong-kind", 6),
        ("English only.", "[More Information Needed]", "placeholder", 19),
        ("English only.", "TODO: think", "placeholder", 19),
        ("English only.", "<!-- Provide a longer summary -->", "placeholder", 19),
        ("Moderation.\n", "<!-- nothing -->\n", "empty-section", 13),
        ("## Limitations", "## Thoughts", "limitations-section-missing", 8),
        ("license: apache-2.0", "license: [", "front-matter-invalid", 4),
        ("license: apache-2.0", "license: mit\nlicense: mit", "front-matter-invalid", 3),
    ],
)
def test_each_defect_is_found_on_its_line(old: str, new: str, rule: str, line: int) -> None:
    assert (rule, line) in rules(GOOD.replace(old, new, 1))


def test_a_card_without_metadata_says_so() -> None:
    assert ("front-matter-missing", 1) in rules("# A model\n")


def test_the_licence_other_is_fine_with_a_name_and_a_link() -> None:
    card = GOOD.replace("apache-2.0", "other\nlicense_name: my-terms\nlicense_link: LICENSE")
    assert rules(card) == []


def test_headings_are_known_by_their_words() -> None:
    card = GOOD.replace("## Limitations", "## Bias, Risks and known issues").replace(
        "## Usage", "## Quick start"
    )
    assert rules(card) == []


def test_code_is_neither_a_heading_nor_a_placeholder() -> None:
    assert rules(GOOD + "\n```python\n# Heading\n# TODO: more\n```\n") == []


def test_a_number_that_differs_from_the_result_file_is_an_error(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    text = (folder / "README.md").read_text()
    assert rules(text, folder) == []
    value = next(line for line in text.splitlines() if "value: 0.9" in line)
    assert "number-differs" in dict(rules(text.replace(value, value.replace("0.9", "0.99")), folder))


def with_result(text: str, metric: str, value: object, source: str | None) -> str:
    """Add a result to the model-index of a card."""
    result = {
        "task": {"type": "x"},
        "dataset": {"type": "y", "name": "Y"},
        "metrics": [{"type": metric, "value": value}],
        **({"source": {"name": source.rsplit("/", 1)[-1], "url": source}} if source else {}),
    }
    return text.replace("  results:\n", f"  results:\n  - {json.dumps(result)}\n", 1)


MEASURED = "what was measured"
OURS = "https://huggingface.co/acme/digits-moved/blob/main/"


@pytest.mark.parametrize(
    ("metric", "value", "source", "rule"),
    [
        ("accuracy", MEASURED, None, None),
        ("accuracy", 0.5, None, "number-differs"),
        ("accuracy", 0.5, OURS + "eval_results.json", "number-differs"),
        ("accuracy", 0.5, "https://example.org/paper", "number-without-file"),
        ("accuracy", MEASURED, OURS + "gone_results.json", "number-without-file"),
        ("f1", 0.5, None, "number-without-file"),
        ("f1", 0.5, OURS + "eval_results.json", "number-without-file"),
        ("accuracy", "high", None, "number-without-file"),
    ],
)
def test_a_number_is_held_against_the_file_its_source_names(
    tmp_path: Path, metric: str, value: object, source: str | None, rule: str | None
) -> None:
    folder = finished_model(tmp_path / "model")
    if value == MEASURED:
        value = json.loads((folder / "eval_results.json").read_text())["eval_accuracy"]
    text = with_result((folder / "README.md").read_text(), metric, value, source)
    found = {name for name, _ in rules(text, folder)} & {"number-differs", "number-without-file"}
    assert found == ({rule} if rule else set())
    assert not {name for name, _ in rules(text)} & {"number-differs", "number-without-file"}


def test_a_card_of_evaluation_and_test_results_passes_its_own_check(tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    (folder / "test_results.json").write_text('{"test_accuracy": 0.5, "test_samples": 10}')
    assert rules(render_card(read_facts(folder), DECLARED).text, folder) == []


def test_a_result_file_that_changed_after_the_card_was_written_is_found(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    text = (folder / "README.md").read_text()
    results = json.loads((folder / "train_results.json").read_text())
    (folder / "train_results.json").write_text(json.dumps(results | {"train_loss": 0.001}))
    line = text[: text.index("<!-- giveback:generated training")].count("\n") + 1
    assert rules(text, folder) == [("part-outdated", line)]


def test_a_new_result_that_the_metadata_lacks_is_found(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    results = json.loads((folder / "eval_results.json").read_text())
    (folder / "eval_results.json").write_text(json.dumps(results | {"eval_f1": 0.5}))
    found = [rule for rule, _ in rules((folder / "README.md").read_text(), folder)]
    assert found == ["model-index-outdated", "part-outdated"]


def test_a_table_edited_by_hand_must_not_be_vouched_for(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    edited = (folder / "README.md").read_text().replace("| `accuracy` | `", "| `accuracy` | `9")
    assert [rule for rule, _ in rules(edited, folder)] == ["part-edited", "part-outdated"]
    again = render_card(read_facts(folder), DECLARED, edited).text
    assert [rule for rule, _ in rules(again, folder)] == ["part-edited"]
    assert lint(again, folder).errors == ()


def test_a_table_without_its_marks_must_not_be_vouched_for(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    text = (folder / "README.md").read_text()
    bare = re.sub(r"<!-- /?giveback:generated evaluation.*-->\n", "", text).replace(
        "| `accuracy` | `", "| `accuracy` | `9"
    )
    assert [rule for rule, _ in rules(bare, folder)] == ["part-missing"]


def test_what_is_declared_beside_the_card_is_what_it_has_to_say(tmp_path: Path) -> None:
    folder = finished_model(tmp_path / "model")
    text = (folder / "README.md").read_text()

    def found(declared: Declared) -> list[tuple[str, str]]:
        return [(one.rule, one.severity) for one in lint(text, folder, declared).findings]

    assert found(DECLARED) == []
    assert found(replace(DECLARED, limitations="It fails at night.")) == [("part-outdated", "warning")]
    assert found(replace(DECLARED, base_models=("acme/other",))) == [("part-outdated", "error")]
    renamed = found(replace(DECLARED, model_id="acme/renamed"))
    assert ("part-outdated", "error") in renamed
    assert ("model-index-outdated", "error") in renamed
    assert ("number-without-file", "warning") in renamed


def test_a_card_nobody_generated_is_not_held_against_a_generated_one(tmp_path: Path) -> None:
    folder = tuned_model(tmp_path / "model")
    assert rules(GOOD, folder) == []


def test_the_parts_of_the_score_add_up_to_a_hundred() -> None:
    report = lint(GOOD)
    assert sum(part.points for part in report.parts) == 100
    assert report.score == 100 - 5
    assert Part("environment", 5, False) in report.parts


@given(st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n# T\n{text}") | st.text(max_size=200))
def test_any_text_gives_a_report(text: str) -> None:
    assert 0 <= lint(text).score <= 100


FRONT = "---\nlicense: mit\n---\n"


@pytest.mark.parametrize(
    "card",
    [
        "<!--" * 250_000,
        "<!-- " * 100_000 + "\n# A\n" * 1000,
        "# a" + " " * 500_000 + "x",
        "# " + " #" * 300_000 + "x",
        "#" * 500_000,
        "this model is a fine-tuned version of " * 20_000,
        "[" * 300_000 + "more information needed",
        "---\n" * 200_000,
        "---" + "\n" * 500_000 + "x",
        "---\n" + "\n---" + " " * 500_000 + "x",
        "---\nlicense: [" + ", ".join(f"apache-{number}" for number in range(15_000)) + "]\n---\n",
    ],
    ids=lambda card: card[:10],
)
@pytest.mark.timeout(30)
def test_a_hostile_card_is_read_in_one_pass(card: str) -> None:
    for text in {card, card if card.startswith("---") else FRONT + card}:
        assert lint(text).findings


def test_the_closing_marks_of_a_heading_are_no_part_of_it() -> None:
    parts = split("---\n---\n# One\n##   Two   ##  \n####### seven\n#no\n")
    titles = [(heading.level, heading.title) for heading in outline(parts).headings]
    assert titles == [(1, "One"), (2, "Two")]


def test_a_comment_is_no_text_and_keeps_the_lines_where_they_are() -> None:
    parts = split("---\na: 1\n---\n# One\n<!-- a\nb --><!-- c -->\n## Two\n<!-- open\n")
    one, two = outline(parts).headings
    assert (one.text, one.line, two.line) == ("", 4, 7)


def test_a_section_that_holds_only_what_a_template_left_counts_as_missing() -> None:
    left = GOOD.replace("English only.", "- **Known ones:** [More Information Needed]")
    assert {part.name for part in lint(left).parts if not part.reached} == {"limitations", "environment"}
