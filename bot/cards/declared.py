"""What people declare about a model, because no file can say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bot.cards.facts import Reading


@dataclass(frozen=True)
class EvaluatedOn:
    """Name the data the result files were measured on; ``id`` is a Hub dataset id or a short name."""

    id: str
    name: str
    split: str | None = None


@dataclass(frozen=True)
class Declared:
    """Hold what people say about a model. Free text may be Markdown; what is None is not known."""

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


def declared_in(metadata: Mapping[str, Any]) -> Declared:
    """Read what the metadata of a card that is already there declares; what has an odd shape is left out."""
    url, data = _evaluated(metadata.get("model-index"))
    model_id = re.search(r"/([\w.-]+/[\w.-]+)/blob/", url)
    return Declared(
        model_id=model_id[1] if model_id else None,
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
    )


def filled(declared: Declared, other: Declared) -> Declared:
    """Take from ``other`` what ``declared`` leaves open."""
    names = [field.name for field in fields(Declared)]
    return Declared(**{name: getattr(declared, name) or getattr(other, name) for name in names})


def _evaluated(index: object) -> tuple[str, EvaluatedOn | None]:
    match index:
        case [{"results": [{"dataset": {"type": str(id), "name": str(name), **more}, **rest}, *_]}, *_]:
            source = rest.get("source")
            url = source.get("url") if isinstance(source, Mapping) else None
            return str(url or ""), EvaluatedOn(id, name, _text(more.get("split")))
        case _:
            return "", None


def _text(value: object) -> str | None:
    return value or None if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


@dataclass(frozen=True)
class Question:
    """Ask people for one thing; ``key`` is the field of Declared that answers it."""

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


def questions(reading: Reading, declared: Declared) -> tuple[Question, ...]:
    """List what neither the files nor the people have said yet, the most needed first."""
    has_results = any(fact.name.startswith(("eval_", "test_")) for fact in reading.facts)
    known = {
        "library_name": library(reading, declared) is not None,
        "pipeline_tag": task(reading, declared) is not None,
        "evaluated_on": declared.evaluated_on is not None or not has_results,
    }
    return tuple(one for one in _QUESTIONS if not known.get(one.key, bool(getattr(declared, one.key))))


def library(reading: Reading, declared: Declared) -> str | None:
    """Name the library: as declared, or transformers when its version stands in the configuration."""
    if declared.library_name:
        return declared.library_name
    return "transformers" if reading.get("transformers_version") else None


_TASKS = {
    "ForCausalLM": "text-generation",
    "ForImageClassification": "image-classification",
    "ForMaskedLM": "fill-mask",
    "ForQuestionAnswering": "question-answering",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
}


def task(reading: Reading, declared: Declared) -> str | None:
    """Name the pipeline tag: as declared, or as the architecture's name says without doubt."""
    if declared.pipeline_tag:
        return declared.pipeline_tag
    architectures = reading.get("architectures")
    names = architectures.value if architectures and isinstance(architectures.value, list) else []
    found = {tag for name in names for ending, tag in _TASKS.items() if name.endswith(ending)}
    return found.pop() if len(found) == 1 else None
