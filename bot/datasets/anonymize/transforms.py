"""What each step of a policy does to the values of a column; under one key always the same."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bot.datasets.anonymize.fakes import fake
from bot.datasets.anonymize.policy import Drop, Fake, Generalise, Hash, Keep, Mask, Shift, Step
from bot.datasets.cells import detect_in_cells
from bot.datasets.detection import Detector
from bot.datasets.generalisations import DAY, HIDDEN

Rows = Mapping[str, Sequence[str]]
"""Some rows of a table: for each column its values, as texts, the empty one for nothing."""

Transform = Callable[[Rows], list[str]]

HASH_DIGITS = 32
"""Hexadecimal digits of a keyed hash that are written: 128 bits, which no two values share by chance."""

_DAY = re.compile(DAY)


def transform(column: str, step: Step, key: bytes, detector: Detector) -> Transform | None:
    """Give what turns the values of a column into those that are written; ``None`` for a column left out."""
    match step:
        case Keep():
            return lambda rows: list(rows[column])
        case Drop():
            return None
        case Mask():
            return lambda rows: masked(rows[column], detector, detector.named(column))
        case Generalise():
            said = step.generalisation()
            return lambda rows: [said.of(value) for value in rows[column]]
        case Hash():
            group = f"hash {step.group or column}"
            return lambda rows: [
                keyed(key, group, value).hex()[:HASH_DIGITS] if value else "" for value in rows[column]
            ]
        case Fake():
            group, kind = f"fake {step.group or column}", step.kind
            return lambda rows: [
                fake(kind, keyed(key, group, value)) if value else "" for value in rows[column]
            ]
        case Shift():
            per, most = step.per, step.days
            return lambda rows: [
                shifted(value, days_of(keyed(key, f"shift {per}", subject), most))
                for value, subject in zip(rows[column], rows[per], strict=True)
            ]


def keyed(key: bytes, group: str, value: str) -> bytes:
    """Hash a value under a key (HMAC-SHA-256), differently for each group of columns."""
    return hmac.digest(key, f"{len(group)}:{group}{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def days_of(drawn: bytes, most: int) -> int:
    """Draw a number of days from ``-most`` to ``most``, and never 0."""
    number = int.from_bytes(drawn[:8]) % (2 * most)
    return number - most if number < most else number - most + 1


def shifted(value: str, days: int) -> str:
    """Move the day a text begins with; what is no day is hidden, since it cannot be moved."""
    if value == "":
        return ""
    if not _DAY.fullmatch(value):
        return HIDDEN
    try:
        return f"{date.fromisoformat(value[:10]) + timedelta(days=days)}{value[10:]}"
    except (ValueError, OverflowError):
        return HIDDEN


def masked(texts: Sequence[str], detector: Detector, named: frozenset[int] = frozenset()) -> list[str]:
    """Put ``[kind]`` in place of all that the scan finds, whether it is certain or possible.

    ``named`` are the kinds that the name of the column has a word for, as the detector counts them.
    """
    written = list(texts)
    hits = list(detect_in_cells(detector, texts, named))
    for hit in sorted(hits, key=lambda hit: (hit.cell, -hit.start)):
        text = written[hit.cell]
        written[hit.cell] = f"{text[: hit.start]}[{hit.kind}]{text[hit.end :]}"
    return written


def masked_within(value: Any, detector: Detector) -> Any:
    """Mask every text in lists and objects, the keys among them; numbers are looked at as texts are."""
    if isinstance(value, dict):
        return {
            masked([key], detector)[0]: masked_within(one, detector)
            if isinstance(one, list | dict)
            else _masked_one(one, detector, detector.named(key))
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [masked_within(one, detector) for one in value]
    return _masked_one(value, detector)


def _masked_one(value: Any, detector: Detector, named: frozenset[int] = frozenset()) -> Any:
    if value is None or isinstance(value, bool):
        return value
    said = masked([str(value)], detector, named)[0]
    return value if said == str(value) else said
