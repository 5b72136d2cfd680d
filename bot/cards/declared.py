"""What people declare about a model, because no file can say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bot.cards.model_index import file_source, results


@dataclass(frozen=True)
class EvaluatedOn:
    """Name the data the result files were measured on; ``id`` is a Hub dataset id or a short name."""

    id: str
    name: str
    split: str | None = None


@dataclass(frozen=True)
class Declared:
    """Hold what people say about a model. Free text may be Markdown; what is None is not known.

    ``words`` are their answers that only the text of the card holds, by the keys of ``answers.yml``.
    ``place`` is the name of the model's folder, which is its title for want of a better one.
    """

    model_id: str | None = None
    title: str | None = None
    description: str | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    base_models: tuple[str, ...] = ()
    base_model_relation: str | None = None
    datasets: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    library_name: str | None = None
    pipeline_tag: str | None = None
    tags: tuple[str, ...] = ()
    evaluated_on: EvaluatedOn | None = None
    intended_use: str | None = None
    limitations: str | None = None
    new_version: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    place: str | None = None


def declared_in(metadata: Mapping[str, Any]) -> Declared:
    """Read what the metadata of a card that is already there declares; what has an odd shape is left out."""
    model_id, data = _evaluated(metadata.get("model-index"))
    return Declared(
        model_id=model_id,
        license=_text(metadata.get("license")),
        license_name=_text(metadata.get("license_name")),
        license_link=_text(metadata.get("license_link")),
        base_models=_texts(metadata.get("base_model")),
        base_model_relation=_text(metadata.get("base_model_relation")),
        datasets=_texts(metadata.get("datasets")),
        language=_texts(metadata.get("language")),
        library_name=_text(metadata.get("library_name")),
        pipeline_tag=_text(metadata.get("pipeline_tag")),
        tags=_texts(metadata.get("tags")),
        evaluated_on=data,
        new_version=_text(metadata.get("new_version")),
    )


def filled(declared: Declared, other: Declared) -> Declared:
    """Take from ``other`` what ``declared`` leaves open."""
    names = [one.name for one in fields(Declared)]
    filled_in = {name: getattr(declared, name) or getattr(other, name) for name in names}
    return Declared(**filled_in | {"words": {**other.words, **declared.words}})


def _evaluated(index: object) -> tuple[str | None, EvaluatedOn | None]:
    """Find the model and the data of the first result that was read from the model's own file."""
    for result in results(index):
        match file_source(result), result.get("dataset"):
            case (model_id, _), {"type": str(id), "name": str(name), **more}:
                return model_id, EvaluatedOn(id, name, _text(more.get("split")))
    return None, None


def _text(value: object) -> str | None:
    return value or None if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
