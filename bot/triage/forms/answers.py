"""Recognise the form an issue was made with, and read its answers.

GitHub writes each answer below ``### `` and the field's label, and ``_No response_`` where there is none
(GitHub Docs, "Syntax for issue forms": "converted to markdown").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.triage.forms.headings import Candidate, Outline, normal, outline
from bot.triage.forms.model import Field, FieldKind, Form

MAX_BODY = 200_000
"""Characters of an issue that are looked at; GitHub allows 65,536."""
ENOUGH = 0.5
"""Share of a form's labels that an issue has to have."""

_BOX = re.compile(r"\s{0,12}[-*+] \[([ xX])\]\s+(.*)")


def answers_of(form: Form, body: str) -> Mapping[str, str]:
    """Give the answer to each field whose label stands in the body, by the label.

    An answer may have headings of its own: only the form's labels divide, each where it stands first. What
    people type on one line or choose ends at any heading, which the form had in another version.
    """
    found = outline(body[:MAX_BODY])
    fields = {normal(field.label): field for field in form.fields}
    answers = {}
    for one in found.divided_at(_labels_in(form, found)):
        field = fields[normal(one.title)]
        is_short = field.kind in {FieldKind.INPUT, FieldKind.DROPDOWN}
        answers[field.label] = f"\n{one.text}".partition("\n### ")[0].strip() if is_short else one.text
    return answers


def has_other_headings(form: Form, body: str) -> bool:
    """Tell whether a body has headings, as GitHub writes those of labels, that are no labels of the form.

    The form may have had other labels when the issue was opened.
    """
    wanted = {normal(field.label) for field in form.fields}
    found = outline(body[:MAX_BODY]).candidates
    return any(one.level == 3 and not one.in_code and one.name not in wanted for one in found)


def recognise(forms: Iterable[Form], body: str, title: str = "") -> Form | None:
    """Find the form an issue was made with; None when it has too little of any.

    Of forms with the same labels, the one whose title the issue's begins with is meant, or else the first.
    """
    best: tuple[float, bool, int] = (0.0, False, 0)
    recognised = None
    found = outline(body[:MAX_BODY])
    for form in forms:
        if not form.fields:
            continue
        there = len(_labels_in(form, found))
        prefix = form.title.strip().casefold()
        score = (
            there / len(form.fields),
            bool(prefix) and title.strip().casefold().startswith(prefix),
            there,
        )
        if score[0] >= ENOUGH and score > best:
            best, recognised = score, form
    return recognised


def _labels_in(form: Form, found: Outline) -> list[Candidate]:
    """Find the lines that are labels of the form, each the first time."""
    wanted = {normal(field.label) for field in form.fields}
    labels: list[Candidate] = []
    for one in found.candidates:
        fits = form.is_template or 2 <= one.level <= 4
        # An answer with a fence that is never closed seems to swallow the labels after it.
        is_code = one.in_code and not one.before_blank
        if one.name in wanted and fits and not is_code:
            wanted.discard(one.name)
            labels.append(one)
    return labels


def ticked(field: Field, answer: str) -> frozenset[str]:
    """Give the labels of the boxes that are ticked, as the form has them."""
    known = {_plain(option.label): option.label for option in field.options}
    boxes = (box for box in map(_BOX.fullmatch, answer.splitlines()) if box is not None and box[1] != " ")
    return frozenset(known[_plain(box[2])] for box in boxes if _plain(box[2]) in known)


def chosen(field: Field, answer: str) -> tuple[str, ...] | None:
    """Give the choices of a dropdown an answer names; None when it names something that is no choice."""
    known = {_plain(option.label): option.label for option in field.options}
    if field.kind is not FieldKind.DROPDOWN or _plain(answer) in known:
        return (known.get(_plain(answer), answer),)
    found, parts = [], [part for part in answer.split(",") if part.strip()]
    while field.multiple and parts:
        # A choice may have commas of its own, so the longest that fits comes first.
        for size in range(min(len(parts), 10), 0, -1):
            if (name := _plain(",".join(parts[:size]))) in known:
                found.append(known[name])
                parts = parts[size:]
                break
        else:
            return None
    return tuple(found) or None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
