"""Know which kind of value the metadata of a card may have where this library reads it.

Source: hub-docs, modelcard.md, the model card's metadata specification.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.cards.front_matter import Parts
from bot.documents import Problem

_TEXT = ("license_name", "license_link", "library_name", "pipeline_tag", "base_model_relation")
_TEXT_OR_TEXTS = ("license", "language", "base_model", "datasets", "tags")


def odd_values(parts: Parts) -> Iterator[Problem]:
    """Yield a problem for each value of another kind than the Hub reads; what is left empty is none."""
    for key, value in parts.data.items():
        if value is None:
            continue
        if key in _TEXT and not isinstance(value, str):
            yield _problem(parts, key, "has to be text", "put it in quotes")
        elif key in _TEXT_OR_TEXTS and not _is_text_or_texts(value):
            yield _problem(parts, key, "has to be text or a list of texts", f"for example {key}: [a, b]")
        elif key == "model-index" and not _is_model_index(value):
            hint = "remove it, and let the card be written again"
            yield _problem(parts, key, "has to be a list of models, each with a list of results", hint)


def _problem(parts: Parts, key: str, message: str, hint: str) -> Problem:
    line, column = parts.positions.of_key((key,))
    return Problem(line, column, key, f"{key} {message}", hint)


def _is_text_or_texts(value: object) -> bool:
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) for text in texts)


def _is_model_index(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(model, Mapping)
        and isinstance(model.get("results"), list)
        and all(isinstance(result, Mapping) for result in model["results"])
        for model in value
    )
