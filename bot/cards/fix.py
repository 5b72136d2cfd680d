"""Put right what findings say has one right answer."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.card import render_card
from bot.cards.front_matter import split, with_metadata
from bot.cards.lint import Beside, lint_against
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
from bot.documents import DocumentError

ROUNDS = 5
"""How often a card is looked at again, for what was put right may bring the next thing to light."""


@dataclass(frozen=True)
class Fixed:
    """Hold a card as it is after the fixes, and the findings that were fixed."""

    text: str
    fixed: tuple[Finding, ...] = ()


def fix(card_text: str, beside: Beside | None = None) -> Fixed:
    """Fix what has one right answer; what people have to decide stays as it is.

    Fixing a second time changes nothing. A card whose metadata cannot be read is left alone.
    """
    beside = beside or Beside()
    done: list[Finding] = []
    for _ in range(ROUNDS):
        fixable = [finding for finding in lint_against(card_text, beside).findings if finding.edits]
        changed = _apply(card_text, fixable, beside)
        if changed == card_text:
            break
        card_text = changed
        done += fixable
    return Fixed(card_text, tuple(done))


def _apply(card_text: str, findings: Iterable[Finding], beside: Beside) -> str:
    edits = [edit for finding in findings for edit in finding.edits]
    try:
        text = _edit_lines(card_text, edits)
        text = _edit_metadata(text, edits)
        if beside.reading is not None and any(isinstance(edit, WriteAgain) for edit in edits):
            text = render_card(beside.reading, beside.declared, text).text
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
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)


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
