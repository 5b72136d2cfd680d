"""Cards in the manner of many trainers and people, and folders that real libraries left."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from bot.cards.card import CARD, Card
from bot.cards.declared import Declared
from bot.cards.facts import Reading
from bot.cards.fix import fix, written_again
from bot.cards.lint import beside, lint
from bot.cards.reading import read_facts

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").glob("*.md"))
FOLDERS = sorted(path for path in (HERE / "fixtures").iterdir() if path.is_dir())

FOUND = {
    "axolotl": {"model-index-empty", "path-on-disk", "secret-in-card"},
    "broken_yaml": {"front-matter-invalid"},
    "diffusers_lora": {"code-names-no-model", "pipeline-tag-unknown", "placeholder"},
    "handwritten": set[str](),
    "html": {"emissions-not-a-number"},
    "llama_factory": {
        "base-model-not-an-id",
        "licence-unknown",
        "model-index-empty",
        "path-on-disk",
        "pipeline-tag-missing",
        "placeholder",
    },
    "merge": {"new-version-not-an-id"},
    "no_metadata": {
        "front-matter-missing",
        "library-name-missing",
        "licence-missing",
        "pipeline-tag-missing",
    },
    "only_lists": {"language-not-a-code", "library-name-unusual", "pipeline-tag-unknown"},
    "peft_template": {
        "base-model-not-an-id",
        "licence-missing",
        "names-no-model",
        "pipeline-tag-missing",
        "placeholder",
    },
    "quantized": {
        "base-model-relation-unknown",
        "dead-link",
        "key-misspelled",
        "language-read-as-false",
        "library-name-missing",
        "licence-unknown",
    },
    "sentence_transformers": {"language-not-a-code", "library-name-unusual"},
    "trainer": {"metadata-of-wrong-kind", "model-index-empty", "pipeline-tag-missing", "placeholder"},
    "trl": {"code-names-no-model", "licence-misspelled", "licence-missing", "pipeline-tag-missing"},
    "windows": {"pipeline-tag-unknown"},
}
"""What is wrong with each card, without what is missing in it."""

LEFT = {
    "axolotl": {"path-on-disk"},
    "broken_yaml": {"front-matter-invalid"},
    "diffusers_lora": {"code-names-no-model", "placeholder"},
    "html": {"emissions-not-a-number"},
    "llama_factory": {
        "base-model-not-an-id",
        "licence-unknown",
        "path-on-disk",
        "pipeline-tag-missing",
    },
    "merge": {"new-version-not-an-id"},
    "no_metadata": FOUND["no_metadata"],
    "only_lists": {"language-not-a-code"},
    "peft_template": {"base-model-not-an-id", "licence-missing", "names-no-model", "pipeline-tag-missing"},
    "quantized": {"dead-link"},
    "trainer": {"pipeline-tag-missing"},
    "trl": {"code-names-no-model", "licence-missing", "pipeline-tag-missing"},
}
"""What people have to decide, once the rest is fixed."""


def card_in(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")


def wrong_with(text: str) -> set[str]:
    """Name the rules a card breaks, without what it lacks or has left empty."""
    rules = {finding.rule for finding in lint(text).findings}
    return {rule for rule in rules if not rule.endswith("section-missing") and rule != "empty-section"}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_of_each_card_what_is_wrong_is_found_and_what_can_be_is_fixed(path: Path) -> None:
    text = card_in(path)
    assert wrong_with(text) == FOUND[path.stem]
    fixed = fix(text).text
    assert wrong_with(fixed) == LEFT.get(path.stem, set())
    assert fix(fixed).text == fixed


def test_sections_are_known_whatever_they_are_called() -> None:
    for name in ("handwritten", "html", "windows", "only_lists", "merge"):
        missing = [
            one.rule for one in lint(card_in(HERE / f"corpus/{name}.md")).findings if "section" in one.rule
        ]
        assert missing == [], name


@cache
def reading_of(folder: Path) -> Reading:
    return read_facts(folder)


def generated(folder: Path, existing: str | None) -> Card:
    declared = Declared(model_id=f"acme/{folder.name}", intended_use="Trying it out.")
    return written_again(reading_of(folder), declared, existing, pictures=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_of_what_real_libraries_left_the_same_card_is_made_again(folder: Path) -> None:
    there = folder / CARD
    first = generated(folder, there.read_text(encoding="utf-8") if there.exists() else None)
    assert "more information needed" not in first.text.lower()
    again = generated(folder, first.text)
    assert (again.text, again.images) == (first.text, first.images)
    edited = first.text.replace("Trying it out.", "Only for children.") + "\nThanks to all!\n"
    kept = generated(folder, edited)
    assert "Only for children." in kept.text
    assert "Thanks to all!" in kept.text
    assert kept.kept == ("uses",)
    assert generated(folder, kept.text).text == kept.text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_card_just_made_is_not_outdated(folder: Path) -> None:
    card = generated(folder, None)
    declared = Declared(model_id=f"acme/{folder.name}", intended_use="Trying it out.")
    known = beside(folder, declared, reading_of(folder))
    assert {one.rule for one in lint(card.text, folder, declared).findings if "outdated" in one.rule} == set()
    assert known.has_file is not None


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_card_of_any_shape_gains_the_generated_parts_and_keeps_its_words(path: Path) -> None:
    if path.stem == "broken_yaml":
        return
    folder = HERE / "fixtures/transformers-trainer"
    text = card_in(path)
    first = generated(folder, text)
    assert generated(folder, first.text).text == first.text
    words = [
        line
        for line in text.split("\n")[20:]
        if line.strip().endswith(".") and not re.search("nformation|unknown dataset", line)
    ]
    for line in words:
        assert line in first.text
