"""Scan lines of JSON that have an id and a text, and give the spans found in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from bot.datasets.cells import detect_in_cells
from bot.datasets.detection import detector_of
from bot.datasets.kinds import Kind


class SpansError(ValueError):
    """A line is not what is asked for; the message says which line and what it has to be."""


def spans_of(path: Path, kinds: Sequence[Kind]) -> Iterator[str]:
    """Give for each line ``{"id", "text"}`` of a file a line ``{"id", "spans": [[start, end, kind], ...]}``.

    Raises SpansError.
    """
    detector = detector_of(tuple(kinds))
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                given = orjson.loads(line)
                name, text = given["id"], given["text"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                raise SpansError(f'line {number} is not {{"id": ..., "text": "..."}}') from None
            if not isinstance(text, str):
                raise SpansError(f"the text of line {number} is no text")
            spans = [[hit.start, hit.end, hit.kind] for hit in detect_in_cells(detector, [text])]
            yield orjson.dumps({"id": name, "spans": spans}).decode()
