"""Find what an issue leaves out of its form, and what its answers contradict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.rendering import listed
from bot.triage.forms.answers import answers_of, chosen, has_other_headings, ticked
from bot.triage.forms.contradictions import contradictions
from bot.triage.forms.evidence import Environment
from bot.triage.forms.model import Field, FieldKind, Form
from bot.triage.forms.words import State, judge

MAX_MISSING = 20
"""Things told at most; nobody adds more in one go."""
_SHOWN = 200
"""Characters of a form's own words that are repeated."""


class MissingKind(StrEnum):
    """Why something has to be added."""

    REQUIRED_EMPTY = "required-empty"
    PLACEHOLDER = "placeholder"
    """What the form began with still stands there."""
    CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Missing:
    """One thing to add or to mend."""

    kind: MissingKind
    label: str
    """The field's label, or what is missing from a report without a form."""
    add: str
    """What to add, in the form's own words where it has some; text of strangers, not escaped."""


def missing(form: Form, body: str, environment: Environment | None = None) -> tuple[Missing, ...]:
    """Compare an issue with its form.

    Only what the form requires is asked for; of a Markdown template, sections that are meant for everybody
    and that the issue still has. ``environment`` is what the issue says elsewhere; answers may contradict it.
    """
    answers = answers_of(form, body)
    # GitHub writes every label. One that is not there was taken away, or the form has changed since.
    if not form.is_template and not has_other_headings(form, body):
        answers = {field.label: "" for field in form.fields} | dict(answers)
    asked = (field for field in form.fields if field.label in answers)
    found = [one for field in asked for one in _of(field, answers[field.label])]
    for label, why in contradictions(form, answers, environment):
        found.append(Missing(MissingKind.CONTRADICTION, label, why))
    return tuple(found[:MAX_MISSING])


def _of(field: Field, answer: str) -> Iterator[Missing]:
    if field.kind is FieldKind.CHECKBOXES:
        yield from _unticked(field, answer)
        return
    state = judge(answer, *_templates(field))
    is_choice = field.kind is FieldKind.DROPDOWN and answer.strip() and chosen(field, answer) is not None
    if not field.required or is_choice:
        return
    if state is State.EMPTY:
        yield Missing(MissingKind.REQUIRED_EMPTY, field.label, _wanted(field))
    elif state is State.PLACEHOLDER:
        yield Missing(MissingKind.PLACEHOLDER, field.label, _wanted(field))
    elif field.kind is FieldKind.DROPDOWN:
        yield Missing(MissingKind.CONTRADICTION, field.label, f"the answer is no choice: {_wanted(field)}")


def _unticked(field: Field, answer: str) -> Iterator[Missing]:
    done = ticked(field, answer)
    for option in field.options:
        if option.required and option.label not in done:
            yield Missing(MissingKind.REQUIRED_EMPTY, field.label, f"tick: {option.label[:_SHOWN]}")


def _templates(field: Field) -> tuple[str, ...]:
    """Give the texts that are no answer; a single line that is filled in beforehand may well be one."""
    began = () if field.kind is FieldKind.INPUT else (field.value,)
    return (*began, field.placeholder)


def _wanted(field: Field) -> str:
    if field.kind is FieldKind.DROPDOWN:
        return f"choose {listed((option.label[:60] for option in field.options[:10]), 'or')}"
    said = (line.strip() for line in field.description.splitlines())
    first = next((line for line in said if line), "")
    return first if len(first) <= _SHOWN else first[: _SHOWN - 1].rstrip() + "…"
