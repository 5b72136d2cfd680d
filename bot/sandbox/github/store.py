"""Keep the sandbox's records in memory, and on disk after every request.

Everything is read from memory. What a request changed is written to SQLite in one transaction
before the request is answered, so a killed sandbox comes back with all it ever acknowledged.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import orjson

from bot.sandbox.github import check_records, records


class Identified(Protocol):
    """A record with an id."""

    id: int


T = TypeVar("T", bound=Identified)


def timestamp(moment: datetime | None = None) -> str:
    """Write a moment (now by default) as GitHub does: UTC, whole seconds, ``Z``."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Table(Generic[T]):
    """The records of one kind, found by id or by the named keys given at construction.

    A key function that answers None leaves the record out of that index.
    """

    def __init__(self, kind: type[T], **keys: Callable[[T], Hashable | None]) -> None:
        self.kind = kind
        self.dirty: set[int] = set()
        self._rows: dict[int, T] = {}
        self._keys = keys
        self._index: dict[str, dict[Hashable, dict[int, T]]] = {name: {} for name in keys}
        self._placed: dict[int, set[tuple[str, Hashable]]] = {}

    def get(self, id: int) -> T | None:
        """Find a record by its id."""
        return self._rows.get(id)

    def __getitem__(self, id: int) -> T:
        return self._rows[id]

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def all(self, **key: Hashable) -> list[T]:
        """List the records under one key, oldest first: ``comments.all(issue=5)``."""
        ((name, value),) = key.items()
        bucket = self._index[name].get(value, {})
        return [bucket[id] for id in sorted(bucket)]

    def one(self, **key: Hashable) -> T | None:
        """Find the oldest record under one key."""
        ((name, value),) = key.items()
        bucket = self._index[name].get(value)
        return bucket[min(bucket)] if bucket else None

    def count(self, **key: Hashable) -> int:
        """Count the records under one key."""
        ((name, value),) = key.items()
        return len(self._index[name].get(value, ()))

    def save(self, record: T) -> T:
        """Add a record, or note that it changed."""
        self._rows[record.id] = record
        placed = {(name, value) for name, key in self._keys.items() if (value := key(record)) is not None}
        before = self._placed.get(record.id, set())
        for name, value in before - placed:
            self._leave(name, value, record.id)
        for name, value in placed - before:
            self._index[name].setdefault(value, {})[record.id] = record
        self._placed[record.id] = placed
        self.dirty.add(record.id)
        return record

    def remove(self, record: T) -> None:
        """Drop a record."""
        for name, value in self._placed.pop(record.id, set()):
            self._leave(name, value, record.id)
        self._rows.pop(record.id, None)
        self.dirty.add(record.id)

    def _leave(self, name: str, value: Hashable, id: int) -> None:
        bucket = self._index[name][value]
        del bucket[id]
        if not bucket:
            del self._index[name][value]


class Store:
    """All tables, loaded from ``folder`` at construction and written back by ``commit``."""

    def __init__(self, folder: Path) -> None:
        self.accounts = Table(records.Account, login=lambda r: r.login.lower())
        self.tokens = Table(records.Token, digest=lambda r: r.digest, account=lambda r: r.account_id)
        self.apps = Table(records.Application, slug=lambda r: r.slug, client=lambda r: r.client_id)
        self.installations = Table(
            records.Installation, app=lambda r: r.app_id, account=lambda r: r.account_id
        )
        self.repositories = Table(
            records.Repository,
            name=lambda r: (r.owner_id, r.name.lower()),
            owner=lambda r: r.owner_id,
            parent=lambda r: r.parent_id,
        )
        self.labels = Table(
            records.Label,
            name=lambda r: (r.repository_id, r.name.lower()),
            repository=lambda r: r.repository_id,
        )
        self.milestones = Table(
            records.Milestone,
            number=lambda r: (r.repository_id, r.number),
            repository=lambda r: r.repository_id,
        )
        self.issues = Table(
            records.Issue,
            number=lambda r: (r.repository_id, r.number),
            repository=lambda r: r.repository_id,
            open=lambda r: r.repository_id if r.state == "open" else None,
        )
        self.pulls = Table(
            records.Pull,
            repository=lambda r: r.repository_id,
            head=lambda r: (r.head_repository_id, r.head_ref),
            head_sha=lambda r: (r.repository_id, r.head_sha),
        )
        self.reviews = Table(records.Review, pull=lambda r: r.pull_id)
        self.review_comments = Table(records.ReviewComment, pull=lambda r: r.pull_id)
        self.comments = Table(
            records.Comment, issue=lambda r: r.issue_id, repository=lambda r: r.repository_id
        )
        self.reactions = Table(records.Reaction, subject=lambda r: r.subject_id)
        self.happenings = Table(
            records.Happening, issue=lambda r: r.issue_id, repository=lambda r: r.repository_id
        )
        self.suites = Table(check_records.CheckSuite, sha=lambda r: (r.repository_id, r.head_sha))
        self.runs = Table(
            check_records.CheckRun, sha=lambda r: (r.repository_id, r.head_sha), suite=lambda r: r.suite_id
        )
        self.workflow_runs = Table(
            check_records.WorkflowRun,
            sha=lambda r: (r.repository_id, r.head_sha),
            repository=lambda r: r.repository_id,
        )
        self.artifacts = Table(
            check_records.Artifact, run=lambda r: r.run_id, repository=lambda r: r.repository_id
        )
        self.discussions = Table(
            records.Discussion,
            number=lambda r: (r.repository_id, r.number),
            repository=lambda r: r.repository_id,
        )
        self.teams = Table(records.Team, slug=lambda r: (r.organization_id, r.slug))
        self.statuses = Table(check_records.Status, sha=lambda r: (r.repository_id, r.sha))
        self.releases = Table(
            records.Release,
            repository=lambda r: r.repository_id,
            tag=lambda r: (r.repository_id, r.tag_name),
        )
        self.assets = Table(records.Asset, release=lambda r: r.release_id)
        self.deliveries = Table(records.Delivery, app=lambda r: r.app_id, status=lambda r: r.status)
        self.manifests = Table(records.Manifest, code=lambda r: r.code)
        self._tables: dict[str, Table[Any]] = {
            name: table for name, table in vars(self).items() if isinstance(table, Table)
        }
        self._last_id = 1000
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = sqlite3.connect(folder / "github.db", isolation_level=None)
        # The operating system keeps what a killed process wrote; only a power cut could lose it.
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS records"
            " (kind TEXT, id INTEGER, body BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )
        self._load()

    def _load(self) -> None:
        for kind, _id, body in self._database.execute("SELECT kind, id, body FROM records ORDER BY id"):
            if kind == "last_id":
                self._last_id = int(orjson.loads(body))
            elif kind in self._tables:
                table = self._tables[kind]
                table.save(table.kind(**orjson.loads(body)))
        for table in self._tables.values():
            table.dirty.clear()

    def next_id(self) -> int:
        """Take an id that nothing has had before."""
        self._last_id += 1
        return self._last_id

    def commit(self) -> None:
        """Write everything that changed since the last commit, in one transaction."""
        changed = [(kind, table) for kind, table in self._tables.items() if table.dirty]
        if not changed:
            return
        self._database.execute("BEGIN")
        for kind, table in changed:
            for id in table.dirty:
                record = table.get(id)
                if record is None:
                    self._database.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, id))
                else:
                    self._write(kind, id, orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS))
            table.dirty.clear()
        self._write("last_id", 0, orjson.dumps(self._last_id))
        self._database.execute("COMMIT")

    def _write(self, kind: str, id: int, body: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, id, body))

    def close(self) -> None:
        """Write what is left and close the file."""
        self.commit()
        self._database.close()
