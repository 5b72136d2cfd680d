"""Rules on the words of a card: nothing is left from a template, and no section is empty."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.cards.hub_ids import is_hub_id
from bot.cards.outline import FENCES, Outline
from bot.cards.placeholders import NOTE, left_by_templates, left_in_code, says_something
from bot.cards.rules.findings import Edit, Finding, RemoveLine, ReplaceText, error, warning

MAX_TOLD = 20
"""Findings of one kind that one card is told at most."""
_UNKNOWN_DATA = " on an unknown dataset"
"""What Trainer writes where it was not told of a dataset."""
_OPTIONAL = re.compile(r" {0,3}\[optional\]", re.IGNORECASE)


def placeholders(card: Outline) -> Iterator[Finding]:
    """Find what a template left; a line that holds nothing else has nothing to lose."""
    told = 0
    prose = dict(card.prose)
    for number, line in card.lines:
        found = left_by_templates().search(line)
        if found is None or (number not in prose and line.strip() != found[0]):
            continue
        message = f'"{found[0][:60]}" is left from a template; write what you know, or remove it'
        yield error("placeholder", number, message, _without(card, number, line, found))
        if (told := told + 1) == MAX_TOLD:
            return


def _without(card: Outline, number: int, line: str, found: re.Match[str]) -> tuple[Edit, ...]:
    """Take out what a template left, with its line where nothing else stands there; people's notes stay."""
    if line.lstrip().startswith("#") and (optional := _OPTIONAL.search(line)):
        return (ReplaceText(number, optional[0], ""),)
    if found.lastgroup == NOTE:
        return ()
    if _UNKNOWN_DATA in line:
        return (ReplaceText(number, _UNKNOWN_DATA, ""),)
    if not says_something(line):
        return (RemoveLine(number),)
    first, last = _comment_around(card, number, line)
    return tuple(RemoveLine(one) for one in range(first, last + 1))


def _comment_around(card: Outline, number: int, line: str) -> tuple[int, int]:
    """Find the lines of a comment that has its lines for itself; an empty range where there is none."""
    rows = card.line_at
    starts = [one for one in range(number, number - 3, -1) if rows.get(one, "").lstrip().startswith("<!--")]
    ends = [one for one in range(number, number + 3) if rows.get(one, "").rstrip().endswith("-->")]
    if not starts or not ends or any("-->" in rows.get(one, "") for one in range(starts[0], ends[0])):
        return 1, 0
    return starts[0], ends[0]


def names_in_code(card: Outline) -> Iterator[Finding]:
    """Find code that names no model, so that nobody can run it; TRL writes ``model="None"``."""
    told, fenced = 0, False
    for number, line in card.lines:
        fenced ^= line.lstrip().startswith(FENCES)
        found = left_in_code().search(line) if fenced else None
        if found:
            quoted = re.search(r"""["']([^"']{1,100})["']""", found[0])
            name = quoted[1] if quoted else found[0]
            message = f'the code names "{name[:60]}" and cannot be run as it stands; name the model'
            known = card.model_id if "model" in line.lower() or "pretrained" in line else None
            edits = [ReplaceText(number, found[0], found[0].replace(name, known))] if known else []
            yield warning("code-names-no-model", number, message, edits)
            if (told := told + 1) == MAX_TOLD:
                return


def empty_sections(card: Outline) -> Iterator[Finding]:
    """Find headings with nothing under them."""
    following = (*card.headings[1:], None) if card.headings else ()
    for here, after in zip(card.headings, following, strict=True):
        has_subsection = after is not None and after.level > here.level
        if here.level > 1 and not here.text and not has_subsection:
            message = f'the section "{here.title[:60]}" is empty; fill it or remove it'
            yield warning("empty-section", here.line, message)


_NOBODY = re.compile(
    r"\[(?:None)?\]\(https://huggingface\.co/(?:None)?\)|(?<=Model Card for )(?:None|Model ID)\b"
)
_SAYS_NOTHING = re.compile(
    r"This model is a fine-tuned version of \[(?:None)?\]\(https://huggingface\.co/(?:None)?\) "
    r"on the None dataset\.\s*"
)
"""The Trainer's sentence on a model of which it knew neither the base nor the data."""
_OF_NO_BASE = re.compile(
    r"(?<=This model is )a fine-tuned version of \[(?:None)?\]\(https://huggingface\.co/(?:None)?\)"
)
"""How that sentence begins; without the base it is still true that the model is fine-tuned."""


def names_of_nobody(card: Outline) -> Iterator[Finding]:
    """Find where a trainer did not know the model itself or its base; TRL writes None there."""
    bases = card.texts("base_model")
    base = bases[0] if len(bases) == 1 and is_hub_id(bases[0]) else None
    told = 0
    for number, line in card.prose:
        found = _NOBODY.search(line)
        if found is None:
            continue
        link = f"[{base}](https://huggingface.co/{base})" if base else None
        right = link if found[0].startswith("[") else card.model_id
        message = f"the trainer did not know the model and wrote {found[0]}; name the model"
        edits: list[Edit] = [ReplaceText(number, found[0], right)] if right else []
        if not edits and _SAYS_NOTHING.fullmatch(line):
            edits = [RemoveLine(number)]
        elif not edits and (beginning := _OF_NO_BASE.search(line)):
            edits = [ReplaceText(number, beginning[0], "fine-tuned")]
        yield warning("names-no-model", number, message, edits)
        if (told := told + 1) == MAX_TOLD:
            return


_WANTED = (
    ("uses", "say what the model is meant for, so that nobody has to guess"),
    ("limitations", "say where the model fails; readers miss this most"),
    ("start", "show how to load and use the model"),
    ("training", "say what the model was trained on and how, so that others can judge it"),
    ("evaluation", "say how well the model does, and on which data that was measured"),
)


def missing_sections(card: Outline) -> Iterator[Finding]:
    """Ask for the sections people look for, whatever their headings call them."""
    for section, why in _WANTED:
        if not card.has_section(section):
            yield warning(f"{section}-section-missing", card.parts.body_line, why)
