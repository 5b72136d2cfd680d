"""Read JSON: lines of it, one document, or a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

LONGEST_LINE = 32 << 20
"""Bytes of a line that is read as JSON at most."""
LARGEST_DOCUMENT = 32 << 20
"""Bytes of a document that is read as JSON at most; a larger one is scanned as the text it is."""
NOT_JSON = "(a line that is not JSON)"


class NoJson(ValueError):
    """A file is not JSON, or more of it than is held at once; it can be scanned as text."""


def read_lines(path: Path, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Any]]:
    """Give the value of each line with its number; a line that is not JSON as the text it is.

    Only lines that begin in ``path[start:stop]`` are read; the first of them is number 1.
    Raises NoJson where a line is longer than ``LONGEST_LINE``.
    """
    with path.open("rb") as lines:
        place = lines.seek(start)
        number = 0
        while (stop is None or place < stop) and (line := lines.readline(LONGEST_LINE)):
            place += len(line)
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                raise NoJson
            if not line.strip():
                continue
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError:
                yield number, {NOT_JSON: line.decode("utf-8", "replace")}


def read_document(path: Path) -> Any:
    """Read a whole document. Raises NoJson."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise NoJson
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        raise NoJson from None


def rows_of(document: Any) -> Iterator[tuple[int, Any]]:
    """Take a list as rows, and anything else as a single one."""
    yield from enumerate(document if isinstance(document, list) else [document], start=1)


def cells_of(notebook: Any) -> Iterator[tuple[int, Any]]:
    """Give the cells of a notebook as rows, each text in one piece, and at last what is about the whole."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        yield from rows_of(notebook)
        return
    for row, cell in enumerate(cells, start=1):
        yield row, _joined(cell)
    yield len(cells) + 1, {key: value for key, value in notebook.items() if key != "cells"}


def _joined(value: Any) -> Any:
    """Join the lines that notebooks keep their texts in."""
    if isinstance(value, dict):
        return {key: _joined(below) for key, below in value.items()}
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "".join(value)
    return [_joined(below) for below in value] if isinstance(value, list) else value
