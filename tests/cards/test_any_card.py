"""Cards put together from what cards are made of, in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.cards.dataset.card import Answers, render_dataset_card
from bot.cards.dataset.lint import lint_dataset
from bot.cards.dataset.reading import Data
from bot.cards.declared import Declared
from bot.cards.facts import Fact, Reading
from bot.cards.fix import fix, written_again
from bot.cards.lint import Beside, lint_against
from bot.documents import DocumentError

METADATA = st.sampled_from(
    [
        "license: mit",
        "license: [MIT, other]",
        "licence: license",
        "language: no",
        "language: [en, false, Dutch]",
        "datasets: [null]",
        "datasets: null",
        "library: peft",
        "library_name: peft",
        "pipeline_tag: ASR",
        "base_model: ./x",
        "base_model_relation: lora",
        "new_version: x",
        "co2_eq_emissions: 0.5",
        "co2_eq_emissions: {emissions: [1]}",
        "model-index: [{name: a, results: []}]",
        "model-index: [{name: a, results: [{metrics: [{type: accuracy, value: 1}]}]}]",
        "configs: [{config_name: a, data_files: x.csv}, 5]",
        "dataset_info: [1]",
        "size_categories: [few, 5]",
        "task_categories: ner",
        "thumbnail: gone.png",
        "# a comment",
        "x: [",
    ]
)
LINES = st.sampled_from(
    [
        "",
        " ",
        "# Model Card for None",
        "## Uses [optional]",
        "### Results",
        "More information needed",
        "- **By:** [More Information Needed] <!-- name -->",
        "<!-- Provide",
        "a summary -->",
        "```python",
        "```",
        'load(model="None", x="path/to/y")',
        "- Accuracy: 0.5",
        "| accuracy | 0.25 |",
        "[a](b.md) ![c](d.svg) [e](#f)",
        "hub_token: hf_" + "a1B2" * 9,
        "/home/ann/x",
        "TODO: words",
        "[None](https://huggingface.co/None) on an unknown dataset.",
        "<!-- giveback:generated details 00000000 -->\nmine\n<!-- /giveback:generated details -->",
        "<!-- giveback:generated provenance 00000000 -->\nmine\n<!-- /giveback:generated provenance -->",
        "---",
        "\x00\ufeff",
    ]
)
CARDS = st.builds(
    lambda metadata, lines, end: end.join([*(["---", *metadata, "---"] if metadata else []), *lines]),
    st.lists(METADATA, max_size=4),
    st.lists(LINES, max_size=14),
    st.sampled_from(["\n", "\r\n"]),
)
READING = Reading(
    (
        Fact("eval_accuracy", 0.5, "eval_results.json", "eval_accuracy"),
        Fact("emissions", 0.0005, "emissions.csv", "emissions"),
        Fact("base_model", "acme/base", "adapter_config.json", "base_model_name_or_path"),
        Fact("model_type", "bert", "config.json", "model_type"),
    )
)
DECLARED = Declared(model_id="acme/kind", license="mit")


@given(CARDS)
def test_any_card_is_checked_and_fixed_once_and_for_all(card: str) -> None:
    known = Beside(READING, DECLARED, lambda path: path == "b.md")
    lines = card.count("\n") + 1
    assert all(1 <= finding.line <= lines + 1 for finding in lint_against(card, known).findings)
    fixed = fix(card, known)
    assert fix(fixed.text, known).text == fixed.text


@given(CARDS)
def test_any_card_is_written_again_to_the_same_end(card: str) -> None:
    try:
        first = written_again(READING, DECLARED, card)
    except DocumentError:
        return
    assert written_again(READING, DECLARED, first.text).text == first.text


@given(CARDS)
def test_any_dataset_card_is_checked_and_written_again(card: str) -> None:
    assert 0 <= lint_dataset(card, Data()).score <= 100
    try:
        first = render_dataset_card(Data(), Answers({"license": "mit"}), card)
    except DocumentError:
        return
    assert render_dataset_card(Data(), Answers({"license": "mit"}), first.text).text == first.text
