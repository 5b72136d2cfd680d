"""Render a model card from facts and what people declared."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from huggingface_hub.repocard_data import eval_results_to_model_index

from bot.cards import licences
from bot.cards.blocks import mark, merge
from bot.cards.declared import Declared, declared_in, filled, library, task
from bot.cards.evaluation import evaluation, metric_type
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import Parts, split, write
from bot.cards.hub_ids import is_hub_id
from bot.cards.model_index import HUB, Result, file_url, with_results
from bot.cards.shapes import odd_values
from bot.documents import DocumentError
from bot.rendering import render

PEOPLES_WORDS = frozenset({"uses", "limitations", "start"})
"""Blocks that hold what people declared; they stay when it is not declared again."""
FACTS = frozenset({"details", "training", "evaluation"})
"""Blocks whose numbers were read from files."""
PROVENANCE = "provenance"
"""The block that vouches for the numbers; it goes when a person edited one of those that hold them."""


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
    text that people wrote stay. Raises DocumentError when the existing front matter is broken, or has a
    value of a kind that its key cannot have.
    """
    old = split(existing) if existing is not None else Parts("", 1)
    problems = tuple(odd_values(old))
    if problems:
        raise DocumentError(problems)
    known = filled(declared, declared_in(old.data))
    metadata = write(_metadata(reading, declared, known, old.data), old)
    text, kept = _body(reading, known), tuple[str, ...]()
    if existing is not None:
        merged = merge(old.body, text, PEOPLES_WORDS)
        if FACTS.intersection(merged.kept):
            merged = merge(old.body, _body(reading, known, vouched=False), PEOPLES_WORDS)
        text, kept = merged.text, merged.kept
    return Card(f"---\n{metadata}\n---\n\n{text.strip()}\n", kept)


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
) -> dict[str, Any]:
    """Put together what was read, what stands there already, and what is declared now; the last wins."""
    read = {"library_name": library(reading, known), "pipeline_tag": task(reading, known)}
    said = {
        "license": declared.license,
        "license_name": declared.license_name,
        "license_link": declared.license_link,
        "language": _one_or_many(declared.language),
        "base_model": _one_or_many(declared.base_models),
        # Without it the Hub looks into the files for how the model came from its base.
        "base_model_relation": declared.base_model_relation,
        "datasets": list(declared.datasets) or None,
        "library_name": declared.library_name,
        "pipeline_tag": declared.pipeline_tag,
        "tags": list(declared.tags) or None,
    }
    there, newly = _given(existing), _given(said)
    typed = ModelCardData(**(_given(read) | newly)).to_dict()  # type: ignore[no-untyped-call]  # not ours
    fields = there | {key: value for key, value in typed.items() if key in newly or key not in there}
    results = _own_results(reading, known)
    if results is not None and known.model_id:
        index = with_results(there.get("model-index"), results, known.model_id, _name(known))
        fields = _given(fields | {"model-index": index})
    return fields


def _own_results(reading: Reading, known: Declared) -> list[Result] | None:
    """Make a result per file, only where people said which task and data the numbers belong to."""
    task_type = task(reading, known)
    data = known.evaluated_on
    if not (task_type and data and known.model_id):
        return None
    made: list[Result] = []
    by_file = sorted(evaluation(reading).headline, key=lambda fact: fact.file)
    for file, facts in groupby(by_file, key=lambda fact: fact.file):
        results = [
            EvalResult(
                task_type=task_type,
                dataset_type=data.id,
                dataset_name=data.name,
                dataset_split=data.split,
                metric_type=metric_type(fact),
                metric_value=fact.value,
                source_name=file,
                source_url=file_url(known.model_id, file),
            )
            for fact in facts
        ]
        # Facts of two files in one list would all be given the source of the first.
        made += eval_results_to_model_index(_name(known), results)[0]["results"]
    return made


def _body(reading: Reading, known: Declared, *, vouched: bool = True) -> str:
    weights = [fact.file for fact in reading.all("parameters") if is_hub_id(fact.file)]
    measured = evaluation(reading)
    return render(
        "cards/model_card.md.j2",
        generated=mark,
        declared=known,
        title=_prose(known.title or _name(known)),
        description=_prose(known.description),
        intended_use=_prose(known.intended_use),
        limitations=_prose(known.limitations),
        licence=licences.known().get(known.license or "", known.license),
        bases=[base for base in known.base_models if is_hub_id(base)],
        library=library(reading, known),
        task=task(reading, known),
        reading=reading,
        parameters=parameters(reading),
        weights=weights[0] if len(weights) == 1 else None,
        measured_on=known.evaluated_on if _own_results(reading, known) else None,
        samples=measured.samples,
        metrics=_named(measured.headline),
        further_metrics=_named(measured.further),
        log=reading.all("training_log"),
        hub=HUB,
        vouched=vouched,
    )


def _named(facts: tuple[Fact, ...]) -> list[tuple[str, Fact]]:
    return [(metric_type(fact), fact) for fact in facts]


def _name(declared: Declared) -> str:
    return (declared.model_id or "Model").rsplit("/", 1)[-1]


def _prose(text: str | None) -> str | None:
    """Let people's text keep its Markdown, but never open a tag or one of our comments."""
    return html.escape(text.strip(), quote=False) if text and text.strip() else None


def _one_or_many(names: tuple[str, ...]) -> str | list[str] | None:
    return names[0] if len(names) == 1 else list(names) or None


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
