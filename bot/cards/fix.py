"""Put right what findings say has one right answer."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.cards.card import Arrange, Card, as_it_is, render_card
from bot.cards.declared import Declared
from bot.cards.facts import Reading
from bot.cards.front_matter import split, with_metadata
from bot.cards.leftovers import without_leftovers
from bot.cards.lint import Beside, Report, lint_against
from bot.cards.metadata import title
from bot.cards.outline import outline
from bot.cards.rules import licence, metadata, numbers, wording
from bot.cards.rules.findings import (
    Edit,
    Finding,
    Path,
    RemoveLine,
    RemoveValue,
    ReplaceText,
    SetValue,
    WriteAgain,
)
from bot.cards.said import prose
from bot.documents import DocumentError

_OF_NOBODY = re.compile(r"^# Model Card for (?:None|Model ID)$", re.MULTILINE)
"""The title that a trainer writes where it does not know the model."""
_LEVELS = 6
"""How deep headings go: a section is empty when those below it are gone."""
ROUNDS = 5
"""How often a card is looked at again, for what was put right may bring the next thing to light."""

_LEFT_BY_TRAINERS = frozenset(
    (
        "code-names-no-model",
        "licence-misspelled",
        "metadata-of-wrong-kind",
        "model-index-empty",
        "model-index-names-none",
        "names-no-model",
        "placeholder",
    )
)
"""Findings that a trainer's template is to blame for."""
_TRAINERS_RULES = (
    metadata.kinds_of_values,
    licence.licence,
    numbers.model_index,
    wording.placeholders,
    wording.names_in_code,
    wording.names_of_nobody,
)
"""The rules that find them."""


@dataclass(frozen=True)
class Fixed:
    """Hold a card as it is after the fixes, and the findings that were fixed."""

    text: str
    fixed: tuple[Finding, ...] = ()


def fix(card_text: str, beside: Beside | None = None) -> Fixed:
    """Fix in a model card what has one right answer; what people have to decide stays as it is.

    Fixing a second time changes nothing. A card whose metadata cannot be read is left alone.
    """
    known = beside or Beside()
    reading = known.reading

    def again(text: str) -> str:
        return text if reading is None else render_card(reading, known.declared, text).text

    return fix_by(card_text, lambda text: lint_against(text, known), again)


def fix_by(card_text: str, check: Callable[[str], Report], again: Callable[[str], str]) -> Fixed:
    """Fix what a ``check`` says has one right answer; ``again`` writes the generated parts again."""
    if "\r\n" in card_text:
        fixed = fix_by(card_text.replace("\r\n", "\n"), check, again)
        return replace(fixed, text=fixed.text.replace("\n", "\r\n"))
    done: list[Finding] = []
    for _ in range(ROUNDS):
        fixable = [finding for finding in check(card_text).findings if finding.edits]
        changed = _apply(card_text, fixable, again)
        if changed == card_text:
            break
        card_text = changed
        done += fixable
    return Fixed(card_text, tuple(done))


def written_again(
    reading: Reading,
    declared: Declared,
    existing: str | None = None,
    *,
    pictures: bool = False,
    arrange: Arrange = as_it_is,
) -> Card:
    """Write a card as :func:`render_card` does, without what a trainer's template left in the existing one.

    What people wrote stays, also where it is wrong. Raises DocumentError as render_card does.
    """
    if existing is not None and "\r\n" in existing:
        unix = existing.replace("\r\n", "\n")
        card = written_again(reading, declared, unix, pictures=pictures, arrange=arrange)
        return replace(card, text=card.text.replace("\n", "\r\n"))
    before = _tidied(existing, declared) if existing is not None else None
    card = render_card(reading, declared, before, pictures=pictures, arrange=arrange)
    if existing is None:
        return card
    # Only now the metadata may name the base model that a trainer's template left out.
    text = _tidied(card.text, declared)
    return replace(card, text=_OF_NOBODY.sub(lambda _: f"# {prose(title(reading, declared))}", text, count=1))


def _tidied(card_text: str, declared: Declared) -> str:
    before = card_text
    for _ in range(ROUNDS):
        changed = _apply(card_text, _left_by_trainers(card_text, declared))
        if changed == card_text:
            break
        card_text = changed
    if card_text == before:
        return card_text
    empty_before = _empty_sections(before).keys()
    for _ in range(_LEVELS):
        now_empty = _empty_sections(card_text)
        gone = [RemoveLine(line) for title, line in now_empty.items() if title not in empty_before]
        card_text = _edit_lines(card_text, gone)
    return without_leftovers(card_text)


def _left_by_trainers(card_text: str, declared: Declared) -> list[Finding]:
    try:
        card = outline(split(card_text), model_id=declared.model_id)
    except DocumentError:
        return []  # people have to put the metadata right first
    found = (finding for rule in _TRAINERS_RULES for finding in rule(card))
    return [finding for finding in found if finding.rule in _LEFT_BY_TRAINERS]


def _empty_sections(card_text: str) -> dict[str, int]:
    """Find the headings with nothing under them, each with its line."""
    return {one.message: one.line for one in wording.empty_sections(outline(split(card_text)))}


def _apply(card_text: str, findings: Iterable[Finding], again: Callable[[str], str] | None = None) -> str:
    edits = [edit for finding in findings for edit in finding.edits]
    try:
        text = _edit_metadata(_edit_lines(card_text, edits), edits)
        if again is not None and any(isinstance(edit, WriteAgain) for edit in edits):
            text = again(text)
    except DocumentError:
        return card_text  # people have to put the metadata right first
    return text


def _edit_lines(card_text: str, edits: Sequence[Edit]) -> str:
    """Edit lines by their numbers, the last first, so that the numbers of the others hold."""
    lines = card_text.split("\n")
    gone: set[int] = set()
    for edit in edits:
        if isinstance(edit, ReplaceText):
            lines[edit.line - 1] = lines[edit.line - 1].replace(edit.old, edit.new)
        elif isinstance(edit, RemoveLine):
            gone.add(edit.line)
    kept: list[str] = []
    closes_gap = False
    for number, line in enumerate(lines, 1):
        if number in gone:
            closes_gap = True
            continue
        if not (closes_gap and not line.strip() and kept and not kept[-1].strip()):
            kept.append(line)
        closes_gap = closes_gap and not line.strip()
    return "\n".join(kept)


def _edit_metadata(card_text: str, edits: Sequence[Edit]) -> str:
    parts = split(card_text)
    data = copy.deepcopy(dict(parts.data))
    touched: set[str] = set()
    removed: list[Path] = []
    for edit in edits:
        if isinstance(edit, SetValue):
            _set(data, edit.path, edit.value)
            touched.add(str(edit.path[0]))
        elif isinstance(edit, RemoveValue):
            removed.append(edit.path)
    for path in sorted(removed, key=repr, reverse=True):
        _remove(data, path)
        touched.add(str(path[0]))
    return with_metadata(card_text, data, anew=touched) if touched else card_text


def _set(data: dict[str, Any], path: Path, value: Any) -> None:
    *outer, last = path
    place = _place(data, outer)
    match place, last:
        case dict(), str():
            place[last] = value
        case list(), int() if last < len(place):
            place[last] = value


def _remove(data: dict[str, Any], path: Path) -> None:
    *outer, last = path
    place = _place(data, outer)
    if isinstance(place, dict):
        place.pop(last, None)


def _place(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        match data, step:
            case dict(), str() if step in data:
                data = data[step]
            case list(), int() if step < len(data):
                data = data[step]
            case _:
                return None
    return data
