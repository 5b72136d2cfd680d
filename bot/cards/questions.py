"""Ask people for what no file can say about their model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.cards import licences
from bot.cards.answers import Answer, answers
from bot.cards.declared import Declared, declared_in, filled
from bot.cards.evaluation import evaluation
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import split
from bot.cards.lint import Beside, lint_against
from bot.cards.metadata import stated
from bot.cards.signs import library, task
from bot.cards.snippets import snippet
from bot.rendering import code

MAX_HINT = 100
"""Characters of a hint from the files."""


@dataclass(frozen=True)
class Question:
    """Ask people for one thing in Markdown; ``key`` is what they set the answer with."""

    key: str
    text: str


_PART_OF = {
    "uses": "intended-use",
    "start": "model-id",
    "library_name": "library-name",
    "pipeline_tag": "pipeline-tag",
}
"""Parts of the completeness score that another name is asked for by."""


def questions(reading: Reading, declared: Declared, card: str = "") -> tuple[Question, ...]:
    """List what neither the files, nor the people, nor the ``card`` as it is have said yet.

    The most needed comes first. Raises DocumentError when the front matter of the card is broken.
    """
    known = filled(filled(declared, declared_in(split(card).data)), stated(reading))
    report = lint_against(card, Beside())
    said = {_PART_OF.get(part.name, part.name) for part in report.parts if part.reached}
    if any(finding.rule == "code-names-no-model" for finding in report.findings):
        said.discard("model-id")  # there is code to try, which cannot be run
    return tuple(_base_model(reading, known)) + tuple(
        Question(answer.key, _asked(answer, reading))
        for answer in answers().values()
        if answer.question and answer.key not in said and not _is_known(answer, reading, known)
    )


def _is_known(answer: Answer, reading: Reading, known: Declared) -> bool:
    match answer.key:
        case "license":
            named = known.license or licences.UNKNOWN
            return licences.problem(named, known.license_name, known.license_link) is None
        case "library-name":
            return library(reading, known) is not None
        case "pipeline-tag":
            return task(reading, known) is not None
        case "model-id":
            nothing_to_try = snippet(reading, replace(known, model_id="owner/name")) is None
            return known.model_id is not None or nothing_to_try
        case "evaluated-on":
            return known.evaluated_on is not None or not evaluation(reading).headline
        case _:
            return bool(getattr(known, answer.field))


def _asked(answer: Answer, reading: Reading) -> str:
    """Put a question, with what a file says towards the answer."""
    hint = reading.get("training_datasets") if answer.key == "datasets" else None
    if hint is None:
        return f"{answer.question}"
    return f"{answer.question} {code(hint.file)} names {code(_told(hint), MAX_HINT)}."


def _base_model(reading: Reading, known: Declared) -> list[Question]:
    """Ask what the files name as the origin: it may as well be a path on somebody's disk."""
    named = (reading.get(name) for name in ("base_model", "training_base_model", "name_or_path"))
    hint = next((fact for fact in named if fact), None)
    if known.base_models or hint is None or hint.value == known.model_id:
        return []
    origin = f"It was made from {code(_told(hint), MAX_HINT)}, says {code(hint.file)}."
    return [Question("base-models", f"{origin} Which model on the Hub is that?")]


def _told(fact: Fact) -> str:
    return ", ".join(fact.value) if isinstance(fact.value, list) else str(fact.value)
