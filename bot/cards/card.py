"""Render a model card from facts and what people declared."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from bot.cards import licences
from bot.cards.blocks import mark, merge
from bot.cards.declared import Declared, declared_in, filled, library, task
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import split
from bot.rendering import render

HUB = "https://huggingface.co"
"""Where the links of a card point; a card names the public Hub whatever Hub it was tried on."""

_PEOPLES_WORDS = frozenset({"uses", "limitations", "start"})
"""Blocks that hold what people declared; they stay when it is not declared again."""

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_NO_METRIC = re.compile(r"_(runtime|samples|per_second|preparation_time)$")


@dataclass(frozen=True)
class Card:
    """Hold a card's text and the names of generated blocks a person had edited, which stayed as they were."""

    text: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameters:
    """Count parameters over all weight files: in all and per element type."""

    total: int
    by_dtype: Mapping[str, int]
    files: tuple[str, ...]

    @property
    def per_dtype(self) -> str:
        """Write the counts down as ``F16: 10, F32: 20``, or only the type when there is one."""
        if len(self.by_dtype) == 1:
            return next(iter(self.by_dtype))
        return ", ".join(f"{dtype}: {count}" for dtype, count in self.by_dtype.items())


def render_card(reading: Reading, declared: Declared, existing: str | None = None) -> Card:
    """Write the card. The same facts and declarations give the same bytes.

    With an ``existing`` card only its generated blocks and its declared metadata change; metadata and
    text that people wrote stay. Raises DocumentError when the existing front matter is broken.
    """
    old = split(existing) if existing is not None else None
    known = filled(declared, declared_in(old.data)) if old else declared
    metadata = _metadata(reading, declared, known, old.data if old else {})
    body = _body(reading, known)
    merged = merge(old.body, body, lasting=_PEOPLES_WORDS) if old else None
    text = merged.text if merged else body
    return Card(f"---\n{metadata.to_yaml()}\n---\n\n{text.strip()}\n", merged.kept if merged else ())


def metrics(reading: Reading) -> tuple[Fact, ...]:
    """Pick the held-out results, each once, and not from ``all_results.json`` when another file has it."""
    found: dict[str, Fact] = {}
    for fact in reading.facts:
        if not fact.name.startswith(("eval_", "test_")) or _NO_METRIC.search(fact.name):
            continue
        if fact.name not in found or found[fact.name].file == "all_results.json":
            found[fact.name] = fact
    return tuple(found[name] for name in sorted(found))


def is_hub_id(name: str) -> bool:
    """Tell whether a name can be a repository on the Hub rather than a path on somebody's disk."""
    return bool(_HUB_ID.fullmatch(name)) and len(name) <= 96 and ".." not in name and "--" not in name


def base_models(reading: Reading, declared: Declared) -> tuple[str, ...]:
    """Name the base models: as declared, or as the configuration says when that is a Hub id."""
    if declared.base_models:
        return declared.base_models
    hint = reading.get("name_or_path")
    named = str(hint.value) if hint else ""
    return (named,) if "/" in named and is_hub_id(named) and named != declared.model_id else ()


def parameters(reading: Reading) -> Parameters | None:
    """Add up the parameters of every weight file that could be read."""
    counted = [fact for fact in reading.all("parameters") if isinstance(fact.value, int)]
    if not counted:
        return None
    by_dtype: dict[str, int] = {}
    for fact in reading.facts:
        if fact.name.startswith("parameters.") and isinstance(fact.value, int):
            dtype = fact.name.removeprefix("parameters.")
            by_dtype[dtype] = by_dtype.get(dtype, 0) + fact.value
    return Parameters(
        sum(fact.value for fact in counted if isinstance(fact.value, int)),
        dict(sorted(by_dtype.items())),
        tuple(fact.file for fact in counted),
    )


def _metadata(
    reading: Reading, declared: Declared, known: Declared, existing: Mapping[str, Any]
) -> ModelCardData:
    """Put together what was read, what stands there already, and what is declared now; the last wins."""
    bases = base_models(reading, known)
    relation = known.base_model_relation or ("finetune" if bases else None)
    read: dict[str, Any] = {
        "base_model": _one_or_many(bases),
        "base_model_relation": relation,
        "library_name": library(reading, known),
        "pipeline_tag": task(reading, known),
    }
    said: dict[str, Any] = {
        "license": declared.license,
        "license_name": declared.license_name,
        "license_link": declared.license_link,
        "language": _one_or_many(declared.language),
        "base_model": _one_or_many(declared.base_models),
        "base_model_relation": declared.base_model_relation,
        "datasets": list(declared.datasets) or None,
        "library_name": declared.library_name,
        "pipeline_tag": declared.pipeline_tag,
        "tags": list(declared.tags) or None,
    }
    fields = _given(read) | dict(existing) | _given(said)
    results = _eval_results(reading, known)
    index = fields.pop("model-index", None)
    data = ModelCardData(**fields)
    if results:
        data["model_name"] = _name(known)
        data["eval_results"] = results
    elif index is not None:
        data["model-index"] = index
    return data


def _eval_results(reading: Reading, declared: Declared) -> list[EvalResult]:
    """Make the model-index, only where people said which task and data the numbers belong to."""
    task_type = task(reading, declared)
    data = declared.evaluated_on
    if not (task_type and data and declared.model_id):
        return []
    return [
        EvalResult(
            task_type=task_type,
            dataset_type=data.id,
            dataset_name=data.name,
            dataset_split=data.split,
            metric_type=_metric_type(fact),
            metric_value=fact.value,
            source_name=fact.file,
            source_url=f"{HUB}/{declared.model_id}/blob/main/{fact.file}",
        )
        for fact in metrics(reading)
    ]


def _body(reading: Reading, declared: Declared) -> str:
    weights = [fact.file for fact in reading.all("parameters") if _HUB_ID.fullmatch(fact.file)]
    return render(
        "cards/model_card.md.j2",
        generated=mark,
        declared=declared,
        title=_prose(declared.title or _name(declared)),
        description=_prose(declared.description),
        intended_use=_prose(declared.intended_use),
        limitations=_prose(declared.limitations),
        licence=licences.known().get(declared.license or "", declared.license),
        bases=base_models(reading, declared),
        library=library(reading, declared),
        task=task(reading, declared),
        reading=reading,
        parameters=parameters(reading),
        weights=weights[0] if len(weights) == 1 else None,
        metrics=[(_metric_type(fact), fact) for fact in metrics(reading)],
        log=reading.all("training_log"),
        hub=HUB,
    )


def _name(declared: Declared) -> str:
    return (declared.model_id or "Model").rsplit("/", 1)[-1]


def _metric_type(fact: Fact) -> str:
    return fact.name.removeprefix("eval_").removeprefix("test_")


def _prose(text: str | None) -> str | None:
    """Let people's text keep its Markdown, but never open a tag or one of our comments."""
    return html.escape(text.strip(), quote=False) if text and text.strip() else None


def _one_or_many(names: tuple[str, ...]) -> str | list[str] | None:
    return names[0] if len(names) == 1 else list(names) or None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
