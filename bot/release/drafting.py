"""Draft a first release manifest from what a model's files say; what they do not say is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.cards.artifacts import CannotRead, read_bytes
from bot.cards.declared import Declared, declared_in, filled
from bot.cards.evaluation import Measured, evaluation
from bot.cards.facts import Reading
from bot.cards.front_matter import split
from bot.cards.hub_ids import is_hub_id, names_a_model
from bot.cards.licences import UNKNOWN
from bot.cards.metadata import stated
from bot.cards.reading import read_facts
from bot.cards.signs import library, task
from bot.documents import DocumentError
from bot.release.manifest import manifest_or_problems
from bot.rendering import render

FIRST_VERSION = "1.0.0"
PLACEHOLDER = "your-organisation"
"""Stands for an owner on the Hub that nothing names; the bot may publish under it nowhere."""

ASKED = ("hub_id", "license", "base_models", "datasets", "evaluated_on", "thresholds")
"""Keys that the draft asks about where nothing says what belongs there."""

_CARD = "README.md"
_CARD_LIMIT = 1_000_000
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
_NUMBERS_AND_WORDS = re.compile(r"[0-9._]*|true|false|null|yes|no|on|off|y|n", re.IGNORECASE)
"""Texts that YAML readers take for something else."""
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_MEASURED = 10
"""Results that are shown beside the question for thresholds, at most."""


@dataclass(frozen=True)
class Known:
    """One line of the manifest: the key, its value, and the file or the person it comes from."""

    key: str
    value: str | tuple[str, ...] | Mapping[str, str]
    origin: str

    @property
    def written(self) -> str:
        """Write the value as YAML, on one line."""
        if isinstance(self.value, str):
            return scalar(self.value)
        if isinstance(self.value, tuple):
            return f"[{', '.join(map(scalar, self.value))}]"
        return f"{{{', '.join(f'{key}: {scalar(value)}' for key, value in self.value.items())}}}"


@dataclass(frozen=True)
class Draft:
    """Hold a drafted manifest: its text, what is known, and the keys that somebody still has to decide on."""

    text: str
    known: tuple[Known, ...]
    asked: tuple[str, ...]


def draft(folder: Path, source: str, hub_id: str | None = None, version: str = FIRST_VERSION) -> Draft:
    """Draft the manifest of the model in ``folder``, which the repository has at ``source``.

    The text can be read as a manifest when ``source``, ``hub_id`` and ``version`` can.
    """
    reading = read_facts(folder)
    given = {"hub_id": hub_id, "source": source, "version": version}
    known = {one.key: one for one in _known(reading, _of_card(folder))}
    known |= {key: Known(key, value, "") for key, value in given.items() if value}
    text = _written(known, reading, folder)
    _, problems = manifest_or_problems(text)
    refused = {re.split(r"[.\[]", problem.path)[0] for problem in problems} - {
        key for key in given if given[key]
    }
    if refused & known.keys():  # what a card says need not be fit for a manifest
        known = {key: one for key, one in known.items() if key not in refused}
        text = _written(known, reading, folder)
    return Draft(text, tuple(known.values()), tuple(key for key in ASKED if key not in known))


def _written(known: Mapping[str, Known], reading: Reading, folder: Path) -> str:
    measured = evaluation(reading)
    results = [*measured.headline, *measured.tasks][:_MEASURED]
    name = re.sub(r"[^A-Za-z0-9._]+|\.{2,}", "-", folder.resolve().name)[:60].strip("-._") or "model"
    return render(
        "terminal/model-release.yml.j2",
        known=known,
        placeholder=f"{PLACEHOLDER}/{name}",
        no_licence=UNKNOWN,
        results=[_shown(one) for one in results],
    )


def scalar(text: str) -> str:
    """Write a text as YAML, in quotes where it could be taken for something else."""
    if _VERSION.fullmatch(text) or (_PLAIN.fullmatch(text) and not _NUMBERS_AND_WORDS.fullmatch(text)):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)


def _known(reading: Reading, card: Declared) -> Iterator[Known]:
    """Yield what the files say: what people wrote into the card counts before what others tell."""
    read = filled(stated(reading), _training_base(reading))
    known = filled(card, read)
    if card.model_id and "/" in card.model_id and is_hub_id(card.model_id):
        yield Known("hub_id", card.model_id, _CARD)
    in_card: Mapping[str, Any] = vars(card)
    licence_files = {fact.file for fact in reading.all("license_text")}
    bases = {fact.file for name in ("base_model", "training_base_model") for fact in reading.all(name)}
    origins = {"license": licence_files, "base_models": bases, "base_model_relation": bases}
    measured_on = asdict(card.evaluated_on) if card.evaluated_on else {}
    values: dict[str, str | tuple[str, ...] | Mapping[str, str] | None] = {
        "license": known.license,
        "license_name": known.license_name,
        "license_link": known.license_link,
        "base_models": tuple(one for one in known.base_models if "/" in one and is_hub_id(one)),
        "base_model_relation": known.base_model_relation if known.base_models else None,
        "datasets": tuple(one for one in known.datasets if is_hub_id(one)),
        "language": known.language,
        "library_name": library(reading, known),
        "pipeline_tag": task(reading, known),
        "tags": known.tags,
        "evaluated_on": {key: value for key, value in measured_on.items() if value},
    }
    for key, value in values.items():
        if value:
            files = [_CARD] if in_card.get(key) else sorted(origins.get(key, {"the model's files"}))
            yield Known(key, value, ", ".join(files))


def _training_base(reading: Reading) -> Declared:
    """Take the model that a trainer says it began with, where that names one on the Hub."""
    base = reading.get("training_base_model")
    if base is None or not isinstance(base.value, str) or not names_a_model(base.value):
        return Declared()
    return Declared(base_models=(base.value,), base_model_relation="finetune")


def _of_card(folder: Path) -> Declared:
    """Read what the card that is there declares; one that cannot be read declares nothing."""
    try:
        return declared_in(split(read_bytes(folder / _CARD, _CARD_LIMIT).decode("utf-8-sig")).data)
    except (CannotRead, UnicodeDecodeError, DocumentError):
        return Declared()


def _shown(measured: Measured) -> dict[str, str]:
    """Give a result for the comment beside the question how good it has to be."""
    value = measured.fact.value
    return {
        "metric": scalar(measured.metric),
        "task": scalar(measured.task) if measured.task else "",
        "value": f"{value:g}" if isinstance(value, int | float) else scalar(str(value)),
        "file": " ".join(measured.fact.file.split()),
    }
