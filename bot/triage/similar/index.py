"""The index of a repository's issues: kept up one issue at a time, and asked for those like another."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from bot.triage.embedding import Embedding
from bot.triage.history import PastIssue
from bot.triage.similar import meaning, storage, taught
from bot.triage.similar.meaning import EmbeddingError, Meanings, Vectors
from bot.triage.similar.score import SHOWN, Match
from bot.triage.similar.search import Question, Search
from bot.triage.similar.storage import IndexFormatError, Row
from bot.triage.similar.vectors import NOTHING_KNOWN, Frequencies, pack
from bot.triage.similar.words import TITLE_CHARACTERS, Words, words_of

__all__ = ["SHOWN", "Embedding", "EmbeddingError", "IndexFormatError", "Match", "SimilarIndex"]

MOST_MATCHES = 50
"""However many are asked for."""

_BATCH = 500
_EVERY = 2**62
"""Above every number of an issue."""

_NO_ISSUE = 0


class SimilarIndex:
    """A repository's issues, open and closed, in one SQLite file; pull requests are left out.

    Every change is written whole or not at all, so a killed process leaves the index as it was. Other
    threads and processes may read while one writes; each sees the index as it was at one moment.
    """

    def __init__(self, connection: sqlite3.Connection, embedding: Embedding | None = None) -> None:
        self._connection = connection
        self._meanings = Meanings(connection, embedding) if embedding else None
        self._turn = threading.RLock()
        self._edition = 0
        self._frequencies = NOTHING_KNOWN

    @classmethod
    def open(cls, path: Path, embedding: Embedding | None = None) -> Self:
        """Open an index, and make the file when there is none.

        With an ``embedding``, half of every score is how near two issues are in meaning; issues added
        without one are scored by their words alone.

        Raises:
            IndexFormatError: the file is something else, or was written by another version.
            sqlite3.OperationalError: the file cannot be opened or written.
        """
        return cls(storage.open_file(path), embedding)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        with self._turn:
            return storage.count(self._connection)

    def __contains__(self, number: int) -> bool:
        with self._turn:
            return _storable(number) and bool(storage.rows(self._connection, [number]))

    @property
    def followed(self) -> float:
        """The moment up to which whoever keeps the index up says it is current; 0 at first.

        It stays with the file, so that a process that starts anew need not read everything again.
        """
        with self._turn:
            return storage.followed(self._connection)

    @followed.setter
    def followed(self, moment: float) -> None:
        with self._turn, storage.writing(self._connection):
            storage.follow(self._connection, moment)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()

    def add(self, issue: PastIssue, fingerprint: str | None = None) -> None:
        """Insert an issue or replace it; the same issue twice changes nothing.

        ``fingerprint`` names the failure in its stack trace, if it has one. What a history marked the issue a
        duplicate of counts when others like it come, never for itself.

        Raises:
            ValueError: the number is none an issue can have.
        """
        self.add_all([issue], lambda _: fingerprint)

    def add_all(
        self,
        issues: Iterable[PastIssue],
        fingerprint_of: Callable[[PastIssue], str | None] = lambda _: None,
    ) -> None:
        """Add many issues, some hundred in each transaction; raises as :meth:`add`."""
        remaining, added = iter(issues), 0
        while batch := list(islice(remaining, _BATCH)):
            # Reading texts takes the most time, and is done before others are kept from writing.
            prepared = [self._prepare(issue, fingerprint_of(issue)) for issue in batch]
            with self._turn, storage.writing(self._connection):
                for issue, one in zip(batch, prepared, strict=True):
                    self._put(issue, one)
                storage.recount(self._connection)
            added += len(batch)
        if added > _BATCH:
            with self._turn, storage.writing(self._connection):
                storage.tidy(self._connection)

    def _prepare(self, issue: PastIssue, fingerprint: str | None) -> _Prepared:
        if not _storable(issue.number):
            raise ValueError(f"{issue.number} is no number of an issue.")
        row, _ = _read(issue, fingerprint)
        vector = self._meanings.of(issue) if self._meanings and not issue.is_pull_request else None
        return _Prepared(row, vector)

    def _put(self, issue: PastIssue, prepared: _Prepared) -> None:
        if issue.is_pull_request:
            self._forget(issue.number)
            return
        storage.put(self._connection, prepared.row)
        taught.mark(self._connection, issue.number, list(filter(_storable, issue.duplicate_of)))
        meaning.keep(self._connection, issue.number, prepared.vector)

    def vector(self, number: int) -> Vectors | None:
        """Give the vector an issue was added with, of length one; None when it has none."""
        with self._turn:
            return meaning.kept(self._connection, number) if _storable(number) else None

    def remove(self, number: int) -> None:
        """Take an issue out, one that was deleted or transferred; what people taught of it is kept."""
        with self._turn, storage.writing(self._connection):
            self._forget(number)
            storage.recount(self._connection)

    def _forget(self, number: int) -> None:
        if _storable(number) and storage.delete(self._connection, number):
            taught.mark(self._connection, number, [])
            meaning.keep(self._connection, number, None)

    def teach(self, one: int, other: int, same: bool) -> None:
        """Note that a person said two issues are the same, or are not; the last word counts.

        Raises:
            ValueError: both are one issue, or one is no number of an issue.
        """
        if one == other or not (_storable(one) and _storable(other)):
            raise ValueError(f"{one} and {other} are not two issues.")
        with self._turn, storage.writing(self._connection):
            taught.teach(self._connection, one, other, same=same)

    def link(self, number: int, *, fixed_by: int | None = None, released_in: str | None = None) -> None:
        """Note the pull request that fixed an issue, or the release with the fix; None keeps what is known.

        Raises:
            ValueError: one of the numbers is none an issue or a pull request can have.
        """
        if not _storable(number) or not (fixed_by is None or _storable(fixed_by)):
            raise ValueError(f"{number} and {fixed_by} are not an issue and a pull request.")
        release = None if released_in is None else _storable_text(released_in)
        with self._turn, storage.writing(self._connection):
            storage.link(self._connection, number, fixed_by, release)

    def similar(
        self,
        issue: PastIssue,
        limit: int = 5,
        earlier_than: int | None = None,
        fingerprint: str | None = None,
    ) -> tuple[Match, ...]:
        """Find the issues most like one, best first; for a pull request there are none.

        The issue itself need not be in the index, and is never its own match. ``earlier_than`` leaves out
        the issues from that number on, with what was marked on them.
        """
        if issue.is_pull_request or limit < 1:
            return ()
        row, words = _read(issue, fingerprint)
        vector = self._meanings.of(issue) if self._meanings else None
        question = Question(
            row, words, vector, before=_EVERY if earlier_than is None else max(0, min(earlier_than, _EVERY))
        )
        with self._turn, storage.reading(self._connection):
            return Search(self._connection, self._current(), self._meanings, question).matches(
                min(limit, MOST_MATCHES)
            )

    def _current(self) -> Frequencies:
        """Give the frequencies of terms, read again when somebody counted them anew."""
        edition = storage.edition(self._connection)
        if edition != self._edition:
            self._edition, self._frequencies = edition, storage.read_frequencies(self._connection)
        return self._frequencies


class _Prepared(NamedTuple):
    """An issue read for the index, not written yet."""

    row: Row
    vector: Vectors | None


def _read(issue: PastIssue, fingerprint: str | None) -> tuple[Row, Words]:
    """Read what the index keeps of an issue."""
    words = words_of(issue)
    row = Row(
        number=issue.number if _storable(issue.number) else _NO_ISSUE,
        title=_storable_text(issue.title[:TITLE_CHARACTERS]),
        author=_storable_text(issue.author),
        opened=_seconds(issue.created_at),
        fingerprint=_storable_text(fingerprint) if fingerprint else None,
        terms=pack(words),
    )
    return row, words


def _storable(number: int) -> bool:
    return 0 < number < _EVERY


def _storable_text(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
