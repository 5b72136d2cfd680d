"""Render a dataset card from the data itself and what people said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huggingface_hub import DatasetCardData

from bot.cards import licences
from bot.cards.answers import AnswerError, answers, value_of
from bot.cards.blocks import blocks, mark, merge
from bot.cards.card import PROVENANCE, Card, has_more_than_a_heading
from bot.cards.dataset.reading import Configuration, Data
from bot.cards.front_matter import Parts, split, write
from bot.cards.said import DESCRIPTION, prose, said_about
from bot.cards.shapes import odd_values
from bot.documents import DocumentError
from bot.rendering import render

ANSWERS = "dataset/answers.yml"
STRUCTURE = "structure"
"""The block whose numbers were counted in the files."""
MAX_PATHS = 50
"""Files of one split that the metadata lists."""
SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)
"""Source: hub-docs, datasetcard.md, ``size_categories``."""


@dataclass(frozen=True)
class Answers:
    """Hold what people say about a dataset, by key, as they wrote it."""

    given: Mapping[str, str] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        """Give the answers that the metadata holds. Raises AnswerError."""
        found: dict[str, Any] = {}
        for key, text in self.given.items():
            answer = answers(ANSWERS)[key]
            value = value_of(answer, text)
            if answer.metadata:
                found[answer.metadata] = list(value) if isinstance(value, tuple) else value
        return found


def render_dataset_card(
    data: Data,
    said: Answers,
    existing: str | None = None,
    *,
    name: str = "Dataset",
    examples: Sequence[Mapping[str, Any]] = (),
) -> Card:
    """Write the card. The same data and answers give the same bytes; what people wrote stays.

    Rows are shown only where they are given as ``examples``, for they may tell of people.

    Raises DocumentError for broken metadata of the existing card, and AnswerError for an answer that is none.
    """
    old = split(existing) if existing is not None else Parts("", 1)
    problems = tuple(odd_values(old))
    if problems:
        raise DocumentError(problems)
    told = {key: str(fact.value) for key, fact in data.described.items()}
    answered = {**_valid(told), **said.given}
    fields = _metadata(data, Answers(answered).metadata(), said.metadata(), old.data)
    written = write(fields, old)
    body = _body(data, answered, fields, old.body, name, examples)
    if existing is None:
        return Card(f"---\n{written}\n---\n\n{body.strip()}\n")
    merged = merge(old.body, body, peoples_blocks(), top=DESCRIPTION)
    if STRUCTURE in merged.kept:
        unvouched = "\n".join(
            body[block.start : block.end] for block in blocks(body) if block.name != PROVENANCE
        )
        merged = merge(old.body, unvouched, peoples_blocks(), top=DESCRIPTION)
    return Card(f"---\n{written}\n---\n\n{merged.text.strip()}\n", merged.conflicts)


def peoples_blocks() -> frozenset[str]:
    """Name the blocks that hold what people said; they stay when it is not said again."""
    return frozenset(answer.block for answer in answers(ANSWERS).values() if answer.block) | {"examples"}


def size_category(rows: int) -> str:
    """Name the size of a dataset by its rows, as the Hub does."""
    return next((name for most, name in SIZES if rows < most), "n>1T")


def _valid(told: Mapping[str, str]) -> dict[str, str]:
    """Keep of what a description says what is an answer."""
    kept = {}
    for key, text in told.items():
        try:
            value_of(answers(ANSWERS)[key], text)
        except AnswerError:
            continue  # people are asked instead
        kept[key] = text
    return kept


def _metadata(
    data: Data, answered: Mapping[str, Any], said: Mapping[str, Any], there: Mapping[str, Any]
) -> dict[str, Any]:
    """Put together what was counted, what stands there already, and what is said now; the last wins."""
    counted: dict[str, Any] = {}
    if data.tables:
        counted = {
            "size_categories": [size_category(data.rows)],
            "configs": [_files(one) for one in data.configurations],
            "dataset_info": _info(data),
        }
    typed = DatasetCardData(**{**counted, **answered}).to_dict()  # type: ignore[no-untyped-call]  # not ours
    fresh = {"size_categories", "dataset_info"} & counted.keys()
    kept = {key: value for key, value in there.items() if value is not None}
    fields = kept | {
        key: value for key, value in typed.items() if key in said or key in fresh or key not in kept
    }
    if "dataset_info" in kept and data.tables:
        fields["dataset_info"] = _with_their_types(counted["dataset_info"], kept["dataset_info"])
    return fields


def _files(configuration: Configuration) -> dict[str, Any]:
    files = [
        {"split": one.name, "path": one.paths[0] if len(one.paths) == 1 else one.paths[:MAX_PATHS]}
        for one in configuration.splits
    ]
    return {"config_name": configuration.name, "data_files": files}


def _info(data: Data) -> dict[str, Any] | list[dict[str, Any]]:
    made = []
    for one in data.configurations:
        info: dict[str, Any] = {} if len(data.configurations) == 1 else {"config_name": one.name}
        info["features"] = [{"name": feature.name, **feature.type} for feature in one.features]
        info["splits"] = [{"name": part.name, "num_examples": part.rows} for part in one.splits]
        info["download_size"] = sum(part.size for part in one.splits)
        made.append(info)
    return made[0] if len(made) == 1 else made


def _with_their_types(ours: Any, theirs: Any) -> Any:
    """Keep the types that people gave to columns, which may say more than the data does."""
    if isinstance(ours, list) and isinstance(theirs, list):
        named = {one.get("config_name"): one for one in theirs if isinstance(one, dict)}
        return [_with_their_types(one, named.get(one["config_name"])) for one in ours]
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return ours
    features = theirs.get("features")
    types = {
        one.get("name"): one
        for one in (features if isinstance(features, list) else [])
        if isinstance(one, dict)
    }
    return {**ours, "features": [types.get(one["name"], one) for one in ours["features"]]}


def _body(
    data: Data,
    answered: Mapping[str, str],
    fields: Mapping[str, Any],
    existing: str,
    name: str,
    examples: Sequence[Mapping[str, Any]],
) -> str:
    said = said_about(answers(ANSWERS), lambda answer: answered.get(answer.key), existing)
    text = render(
        "cards/dataset_card.md.j2",
        generated=lambda block, inner: mark(block, inner) if has_more_than_a_heading(inner) else "",
        title=prose(str(fields.get("pretty_name") or name)),
        said=said,
        licence=licences.known().get(str(fields.get("license")), fields.get("license")),
        languages=_listed(fields.get("language")),
        tasks=_listed(fields.get("task_categories")),
        configurations=data.configurations,
        rows=data.rows,
        size=sum(table.file.size for table in data.tables),
        unreadable=data.unreadable,
        examples=examples,
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def _listed(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]
