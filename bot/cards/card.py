"""Render a model card from facts and what people declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from bot.cards import licences
from bot.cards.answers import Answer, answers
from bot.cards.blocks import Conflict, blocks, mark, merge
from bot.cards.declared import Declared, declared_in, filled
from bot.cards.evaluation import evaluation
from bot.cards.facts import Fact, Reading
from bot.cards.front_matter import Parts, split, write
from bot.cards.hub_ids import is_hub_id, names_a_dataset
from bot.cards.images import RESULTS, TRAINING_CURVE, images
from bot.cards.metadata import grams_emitted, metadata, own_results, stated, title
from bot.cards.model_index import HUB
from bot.cards.outline import outline
from bot.cards.said import DESCRIPTION, Said, prose, said_about
from bot.cards.shapes import odd_values
from bot.cards.shown_facts import rows
from bot.cards.signs import library, task
from bot.cards.snippets import snippet
from bot.documents import DocumentError
from bot.rendering import plain, render

CARD = "README.md"
"""The card is this file at the top of the model's folder, as on the Hub."""
FACTS = frozenset({"details", "specifications", "training", "evaluation", "environment"})
"""Blocks whose numbers were read from files."""
PROVENANCE = "provenance"
"""The block that vouches for the numbers; it goes when a person edited one of those that hold them."""

_ADAPTERS = ("adapter_model.", "pytorch_lora_weights.")
"""How PEFT and Diffusers call the weights of an adapter."""

Arrange = Callable[[str, Mapping[str, Any]], str]
"""Takes the body of the house's card, and what it was made from, and gives the body that is wanted."""


def as_it_is(body: str, context: Mapping[str, Any]) -> str:
    """Leave the body in the house's order."""
    return body


@dataclass(frozen=True)
class Card:
    """Hold a card's text, the pictures beside it by their names, and what stayed as people had edited it."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> tuple[str, ...]:
        """Name the generated blocks that stayed as a person had edited them."""
        return tuple(conflict.name for conflict in self.conflicts)


@dataclass(frozen=True)
class Parameters:
    """Count parameters over all weight files: in all and per element type."""

    total: int
    by_dtype: Mapping[str, int]
    files: tuple[str, ...]

    @property
    def per_dtype(self) -> str:
        """Write the counts down as ``F16: 1,000, F32: 20``, or only the type when there is one."""
        if len(self.by_dtype) == 1:
            return next(iter(self.by_dtype))
        return ", ".join(f"{dtype}: {count:,}" for dtype, count in self.by_dtype.items())

    @property
    def are_of_adapter(self) -> bool:
        """Tell whether only what an adapter adds to its base model was counted."""
        return all(PurePosixPath(file).name.startswith(_ADAPTERS) for file in self.files)


@cache
def peoples_words() -> frozenset[str]:
    """Name the blocks that hold what people declared; they stay when it is not declared again."""
    return frozenset(answer.block for answer in answers().values() if answer.block) | {"start"}


def house_blocks() -> frozenset[str]:
    """Name every block of the house's card; a repository's own template may bring others."""
    return FACTS | peoples_words() | {PROVENANCE}


def render_card(
    reading: Reading,
    declared: Declared,
    existing: str | None = None,
    *,
    pictures: bool = False,
    arrange: Arrange = as_it_is,
) -> Card:
    """Write the card. The same facts and declarations give the same bytes.

    With an ``existing`` card only its generated blocks and its declared metadata change; metadata and
    text that people wrote stay. With ``pictures``, or where the existing card shows them, the card shows
    pictures, which come with it. What puts the parts in another order can be given as ``arrange``.

    Raises DocumentError when the existing front matter is broken, or has a value of a kind that its key
    cannot have.
    """
    old = split(existing) if existing is not None else Parts("", 1)
    problems = tuple(odd_values(old))
    if problems:
        raise DocumentError(problems)
    known = filled(filled(declared, declared_in(old.data)), stated(reading))
    written = write(metadata(reading, declared, known, old.data), old)
    context = _context(reading, known, old.body)
    drawn: Mapping[str, str] = {}
    if pictures or any(f"]({name})" in old.body for name in (TRAINING_CURVE, RESULTS)):
        drawn = context["images"]
    context |= {"images": drawn}
    conflicts: tuple[Conflict, ...] = ()
    if existing is None:
        text = arrange(_body(context), context)
    else:
        merged = merge(old.body, arrange(_body(context), context), peoples_words(), top=DESCRIPTION)
        if FACTS.intersection(merged.kept):
            unvouched = context | {"vouched": False}
            merged = merge(old.body, arrange(_body(unvouched), unvouched), peoples_words(), top=DESCRIPTION)
        text, conflicts = merged.text, merged.conflicts
    return Card(f"---\n{written}\n---\n\n{text.strip()}\n", conflicts, drawn)


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


def _body(context: Mapping[str, Any]) -> str:
    text = render("cards/model_card.md.j2", generated=_marked, **context)
    if context["vouched"] and not FACTS.intersection(block.name for block in blocks(text)):
        return _body({**context, "vouched": False})
    return re.sub(r"\n{3,}", "\n\n", text)


def _marked(name: str, text: str) -> str:
    return mark(name, text) if has_more_than_a_heading(text) else ""


def has_more_than_a_heading(text: str) -> bool:
    """Tell whether a part is worth being in a card."""
    return any(line.strip() and not line.startswith("#") for line in text.split("\n"))


def _context(reading: Reading, known: Declared, existing: str) -> dict[str, Any]:
    """Gather what the template shows; all of it is plain data."""
    measured = evaluation(reading)
    own = own_results(reading, known)
    log = _log(reading)
    return {
        "title": prose(title(reading, known)),
        "said": _said(reading, known, existing),
        "declared": known,
        "licence": _licence(known),
        "datasets": [(name, names_a_dataset(name)) for name in known.datasets],
        "bases": [base for base in known.base_models if is_hub_id(base)],
        "library": library(reading, known),
        "task": task(reading, known),
        "parameters": parameters(reading),
        "tables": {part: rows(reading, part, CARD) for part in (*sorted(FACTS - {"evaluation"}), "tracked")},
        "custom_code": reading.get("custom_code") is not None,
        "custom_layers": next((fact.file for fact in reading.all("keras.custom_code")), None),
        "pickles": [fact.file for fact in reading.all("pickle")],
        "snippet": None if _shows_how_to_start(existing) else snippet(reading, known),
        "measured_on": known.evaluated_on if own and measured.headline else None,
        "samples": measured.samples,
        "results": measured.headline,
        "further_results": measured.further,
        "task_results": measured.tasks,
        "evaluator_results": measured.evaluators,
        "log": log,
        "log_columns": _columns(log),
        "grams": grams_emitted(reading),
        "images": images(reading, measured.headline + measured.tasks + measured.evaluators),
        "hub": HUB,
        "vouched": True,
    }


def _licence(known: Declared) -> str | None:
    """Name the licence in words: one that the Hub does not know by the name people gave it."""
    if known.license == licences.OTHER:
        return known.license_name
    return licences.known().get(known.license or "", known.license)


def _said(reading: Reading, known: Declared, existing: str) -> dict[str, Said]:
    """Gather people's answers; how to cite the model is what its CITATION.cff says, where there is one."""

    def told(answer: Answer) -> str | None:
        return getattr(known, answer.field, None) or known.words.get(answer.key)

    said = said_about(answers(), told, existing)
    cited = _citation(reading)
    return {**said, "citation": Said(answers()["citation"].heading, cited, False)} if cited else said


def _citation(reading: Reading) -> str | None:
    """Write how to cite the model as its CITATION.cff has it, which counts more than an answer."""

    def told(name: str) -> str | None:
        fact = reading.get(f"citation.{name}")
        value = fact.value if fact else None
        return plain(", ".join(value) if isinstance(value, list) else str(value)) if value else None

    title = told("title")
    if title is None:
        return None
    who = [part for part in (told("authors"), told("date_released")) if part]
    doi, where = told("doi"), told("url") or told("repository_code")
    place = f"DOI {doi}" if doi else where
    version = told("version")
    rest = [f"version {version}" if version else None, place]
    return f"{'. '.join(who)}{'. ' if who else ''}{', '.join([title, *(one for one in rest if one)])}."


def _shows_how_to_start(existing: str) -> bool:
    """Tell whether people, or their trainer, wrote code for a beginning themselves."""
    card = outline(Parts(existing, 1))
    return "giveback:generated start " not in existing and any(
        "```" in heading.text and card.is_about(heading, "start") for heading in card.headings
    )


def _log(reading: Reading) -> list[Fact]:
    return [fact for fact in reading.all("training_log") if isinstance(fact.value, dict)]


def _columns(log: list[Fact]) -> list[str]:
    """List the columns of the training log: the usual ones, then few metrics, for a page is only so wide."""
    there = {column for fact in log if isinstance(fact.value, dict) for column in fact.value}
    usual = [column for column in ("step", "epoch", "loss", "eval_loss") if column in there]
    return (
        usual
        + [column for column in sorted(there - {*usual, "learning_rate"}) if column.startswith("eval_")][:4]
    )
