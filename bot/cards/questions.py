"""Ask people for what no file can say about their model."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.declared import Declared, declared_in, filled, library, task
from bot.cards.facts import Reading
from bot.cards.front_matter import split
from bot.cards.lint import lint
from bot.rendering import code


@dataclass(frozen=True)
class Question:
    """Ask people for one thing in Markdown; ``key`` is the field of Declared that answers it."""

    key: str
    text: str


_QUESTIONS = (
    Question("license", "Under which licence may others use the model?"),
    Question("description", "What does the model do, in one or two sentences?"),
    Question("pipeline_tag", "Which task is it for (for example image-classification)?"),
    Question("library_name", "Which library loads it (for example transformers)?"),
    Question("intended_use", "What is it meant to be used for, and what not?"),
    Question("limitations", "Where does it fail, and what should users watch out for?"),
    Question("datasets", "Which datasets was it trained on?"),
    Question("evaluated_on", "Which dataset were the results measured on?"),
)
_PART_OF = {"uses": "intended_use"}
"""Parts of the completeness score that another name is asked for by."""


def questions(reading: Reading, declared: Declared, card: str = "") -> tuple[Question, ...]:
    """List what neither the files, nor the people, nor the ``card`` as it is have said yet.

    The most needed comes first. Raises DocumentError when the front matter of the card is broken.
    """
    known = filled(declared, declared_in(split(card).data))
    said = {_PART_OF.get(part.name, part.name) for part in lint(card).parts if part.reached}
    has_results = any(fact.name.startswith(("eval_", "test_")) for fact in reading.facts)
    answered = {
        "library_name": library(reading, known) is not None,
        "pipeline_tag": task(reading, known) is not None,
        "evaluated_on": known.evaluated_on is not None or not has_results,
    }
    return _base_model(reading, known) + tuple(
        one
        for one in _QUESTIONS
        if one.key not in said and not answered.get(one.key, bool(getattr(known, one.key)))
    )


def _base_model(reading: Reading, known: Declared) -> tuple[Question, ...]:
    """Ask what a configuration names as the origin: it may as well be a path on somebody's disk."""
    hint = reading.get("name_or_path")
    if known.base_models or hint is None or hint.value == known.model_id:
        return ()
    text = f"It was made from {code(hint.value)}, says {code(hint.file)}. Which model on the Hub is that?"
    return (Question("base_models", text),)
