"""Compare issues by an embedding of their text, where the operator gives one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from bot.triage.embedding import Embedding, vector_of
from bot.triage.history import PastIssue

Vectors = NDArray[np.float32]

_NONE = np.int64(2**63 - 1)
"""Stands where no issue's number stands yet."""


class EmbeddingError(ValueError):
    """An index holds vectors of another embedding than the one given."""


class Meanings:
    """The vectors of all issues in memory: four bytes for each number of each, 154 MB for 100,000 of 384.

    Exact cosine over all of them is fast enough for one repository, and needs no index of its own.
    """

    def __init__(self, connection: sqlite3.Connection, embedding: Embedding) -> None:
        self._connection = connection
        self._embedding = embedding
        self._edition = 0
        self._place: dict[int, int] = {}
        self._numbers = np.zeros(0, dtype=np.int64)
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)

    def of(self, issue: PastIssue) -> Vectors | None:
        """Embed an issue: a vector of length one, or None when the embedding says nothing of it."""
        return vector_of(issue, self._embedding)

    def nearest(self, vector: Vectors, before: int, limit: int) -> list[int]:
        """Give the issues with a number below ``before`` that are nearest in meaning, nearest first."""
        self._read(len(vector))
        # a second core gains nothing where memory is the limit, and waiting for a busy one takes its time
        with _threads().limit(limits=1):
            alike = np.where(self._numbers < before, self._vectors @ vector, -1.0)
        best = np.argpartition(-alike, limit)[:limit] if len(alike) > limit else np.arange(len(alike))
        best = best[np.lexsort((best, -alike[best]))]
        return [int(self._numbers[place]) for place in best if alike[place] > 0]

    def alike(self, vector: Vectors, numbers: Sequence[int]) -> list[float | None]:
        """Give each issue's cosine with a vector, from 0 to 1; None for an issue that has no vector."""
        self._read(len(vector))
        places = [self._place.get(number) for number in numbers]
        return [
            None if place is None else float(np.clip(self._vectors[place] @ vector, 0.0, 1.0))
            for place in places
        ]

    def _read(self, length: int) -> None:
        """Read what was written since the last time, by whichever process.

        Raises:
            EmbeddingError: what is stored is of another length.
        """
        found = self._connection.execute(
            "SELECT number, edition, vector FROM vectors WHERE edition > ? ORDER BY edition", (self._edition,)
        ).fetchall()
        self._make_room(len(self._place) + len(found), length)
        for number, edition, packed in found:
            vector = np.frombuffer(packed, dtype=np.float16)
            if len(vector) not in (0, length):
                raise EmbeddingError(
                    f"The index holds vectors of {len(vector)} numbers and the embedding gives {length}: "
                    "build the index anew with it."
                )
            place = self._place.setdefault(number, len(self._place))
            self._numbers[place], self._vectors[place] = number, vector if len(vector) else 0.0
            self._edition = edition

    def _make_room(self, needed: int, length: int) -> None:
        if needed <= len(self._numbers) and self._vectors.shape[1] == length:
            return
        room = max(needed, len(self._numbers) * 5 // 4)
        numbers, vectors = np.full(room, _NONE), np.zeros((room, length), dtype=np.float32)
        numbers[: len(self._numbers)] = self._numbers
        if self._vectors.shape[1] == length:
            vectors[: len(self._vectors)] = self._vectors
        self._numbers, self._vectors = numbers, vectors


@cache
def _threads() -> ThreadpoolController:
    """Find the libraries that multiply for NumPy, once: that takes milliseconds."""
    return ThreadpoolController()


def keep(connection: sqlite3.Connection, number: int, vector: Vectors | None) -> None:
    """Store an issue's vector in half precision; None empties it, so that others who hold it notice."""
    packed = b"" if vector is None else vector.astype(np.float16).tobytes()
    connection.execute(
        "INSERT OR REPLACE INTO vectors SELECT ?, coalesce(max(edition), 0) + 1, ? FROM vectors",
        (number, packed),
    )


def kept(connection: sqlite3.Connection, number: int) -> Vectors | None:
    """Give an issue's vector as :func:`keep` stored it; None when there is none."""
    row = connection.execute("SELECT vector FROM vectors WHERE number = ?", (number,)).fetchone()
    return np.frombuffer(row[0], dtype=np.float16).astype(np.float32) if row and row[0] else None
