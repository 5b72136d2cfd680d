"""Know what people can say about a model, and take their answers into what is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards import licences, vocabulary
from bot.cards.declared import Declared, EvaluatedOn
from bot.cards.hub_ids import is_hub_id
from bot.cards.vocabulary import RELATIONS
from bot.documents import parse_mapping
from bot.rendering import code

MAX_WORDS = 5_000
"""Characters of one answer."""
MAX_LISTED = 50
"""Names one answer may list."""


class AnswerError(ValueError):
    """Say in Markdown what is wrong with an answer, and what a right one is."""


@dataclass(frozen=True)
class Answer:
    """One thing people can say: the key it is set with, what is valid, and where it goes in the card.

    ``field`` is its place in Declared. What has no ``question`` is taken when it is given and not asked for.
    """

    key: str
    kind: str
    block: str | None = None
    heading: str | None = None
    question: str | None = None
    says: str | None = None
    metadata: str | None = None

    @property
    def description(self) -> str:
        """Say in a line what the answer says."""
        return self.question or self.says or ""

    @property
    def field(self) -> str:
        """Give the name of its place in Declared."""
        return self.key.replace("-", "_")


@cache
def answers(about: str = "answers.yml") -> dict[str, Answer]:
    """Read everything people can say, by key: of a model, or of a dataset (``dataset/answers.yml``)."""
    table, _ = parse_mapping(files("bot.cards").joinpath(about).read_bytes())
    return {key: Answer(key, **fields) for key, fields in table.items()}


def answered(declared: Declared, given: Mapping[str, str]) -> Declared:
    """Take answers into what is declared. Raises AnswerError."""
    for key, text in given.items():
        answer = answers()[key]
        value = value_of(answer, text)
        if answer.field in Declared.__dataclass_fields__:
            changes: dict[str, Any] = {answer.field: value}
            declared = replace(declared, **changes)
        else:
            declared = replace(declared, words={**declared.words, key: str(value)})
    return declared


def value_of(answer: Answer, text: str) -> Any:
    """Read an answer as what its kind says. Raises AnswerError."""
    text = text.strip()
    if not text or len(text) > MAX_WORDS:
        raise AnswerError(f"{answer.key} needs a text of at most {MAX_WORDS} characters.")
    return _KINDS[answer.kind](answer.key, text)


def _text(key: str, text: str) -> str:
    return text


def _licence(key: str, text: str) -> str:
    right = licences.meant(text)
    if right is None:
        near = licences.nearest(text)
        hint = f" Did you mean {code(near)}?" if near else ""
        raise AnswerError(f"{code(text, 80)} is not a licence id the Hub knows.{hint}")
    return right


def _task(key: str, text: str) -> str:
    right = vocabulary.task_meant(text)
    if right is None:
        raise AnswerError(
            f"{code(text, 80)} is no task the Hub knows; choose one of those at huggingface.co/tasks."
        )
    return right


def _tasks(key: str, text: str) -> tuple[str, ...]:
    return tuple(_task(key, name) for name in _names(text))


def _relation(key: str, text: str) -> str:
    if text not in RELATIONS:
        raise AnswerError(f"{code(text, 80)} is no relation to a base model; write {' or '.join(RELATIONS)}.")
    return text


def _model(key: str, text: str) -> str:
    if "/" not in text or not is_hub_id(text):
        raise AnswerError(f"{code(text, 80)} is no Hub id; write it as owner/name.")
    return text


def _names(text: str) -> list[str]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    if not 1 <= len(names) <= MAX_LISTED:
        raise AnswerError(f"Name between one and {MAX_LISTED}, with commas between them.")
    return names


def _models(key: str, text: str) -> tuple[str, ...]:
    return tuple(_model(key, name) for name in _names(text))


def _datasets(key: str, text: str) -> tuple[str, ...]:
    names = _names(text)
    wrong = next((name for name in names if not is_hub_id(name)), None)
    if wrong:
        raise AnswerError(f"{code(wrong, 80)} is no dataset on the Hub; write it as owner/name.")
    return tuple(names)


def _languages(key: str, text: str) -> tuple[str, ...]:
    codes = []
    for name in _names(text):
        language = name if vocabulary.is_language(name) else vocabulary.language_named(name)
        if language is None:
            raise AnswerError(f"{code(name, 80)} is no language code; use codes of ISO 639 such as en.")
        codes.append(language)
    return tuple(codes)


def _tags(key: str, text: str) -> tuple[str, ...]:
    return tuple(_names(text))


def _evaluated(key: str, text: str) -> EvaluatedOn:
    """Read ``owner/name`` or ``owner/name, test``, the second being the split."""
    name, _, split = (part.strip() for part in text.partition(","))
    if not is_hub_id(name):
        raise AnswerError(
            f"{code(name, 80)} is no dataset on the Hub; write it as owner/name, or owner/name, test."
        )
    return EvaluatedOn(name, name.rsplit("/", 1)[-1], split or None)


_KINDS: Mapping[str, Callable[[str, str], Any]] = {
    "words": _text,
    "line": _text,
    "licence": _licence,
    "task": _task,
    "tasks": _tasks,
    "relation": _relation,
    "model": _model,
    "models": _models,
    "datasets": _datasets,
    "languages": _languages,
    "tags": _tags,
    "evaluated": _evaluated,
}
