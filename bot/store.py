"""Open the database, one SQLite file or one PostgreSQL database, and keep the inbox in it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import lz4.block  # type: ignore[import-untyped]  # the package carries no types
from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Dialect,
    Engine,
    Index,
    Integer,
    LargeBinary,
    TypeDecorator,
    event,
    func,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import defer
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Field, Session, SQLModel, col, create_engine, select, update

from bot.checkpoints import Checkpoints
from bot.turns import write_in_turn

BUSY_TIMEOUT_MS = 30_000
"""Milliseconds a SQLite writer waits for another one before it gives up."""

PAGE_BYTES = 8192
"""SQLite's page, for new files: a usual delivery, some 3 kB when packed, fits into one."""

CHECKPOINT_PAGES = 2_000
"""Pages SQLite's write-ahead log holds before a commit has to copy them into the database itself.

Most of them are copied by then (:mod:`bot.checkpoints`), and the log starts again from its beginning.
"""

_SCHEMA_LOCK = 0x6769_7665_6261_636B
"""PostgreSQL advisory lock number ("giveback" in ASCII): two workers may start at once."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands between the inbox and the end of its work."""

    received = "received"
    """Stored and acknowledged; not yet handed to the engine."""
    queued = "queued"
    """In the engine's queue, or being worked on."""
    handled = "handled"
    """Every feature it concerned is done."""
    ignored = "ignored"
    """It concerned no feature."""
    dead = "dead"
    """Given up; the same GUID arriving again, or a replay, runs it once more."""


OVER = (DeliveryStatus.handled, DeliveryStatus.ignored, DeliveryStatus.dead)
"""Where nothing is left to do, unless it is received again."""


class PackedBytes(TypeDecorator[bytes]):
    """Bytes that are kept compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Compress on the way in."""
        return None if value is None else pack(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Restore on the way out."""
        return None if value is None else bytes(lz4.block.decompress(value))


def pack(content: bytes) -> bytes:
    """Compress as :class:`PackedBytes` does, for a statement that goes past SQLAlchemy.

    LZ4 makes a usual payload four times smaller in 5 µs, and writing it is most of what storing one costs.
    """
    return bytes(lz4.block.compress(content))


class Delivery(SQLModel, table=True):
    """One webhook call, kept as it arrived. Times are seconds since the epoch, UTC."""

    __table_args__ = (
        # With what the pump tells deliveries apart by: of a flood it passes over thousands it may not take.
        Index("delivery_by_status", "status", "sequence", "installation_id", "event"),
        {"sqlite_autoincrement": True},
    )

    # SQLite numbers rows by itself only when the column type is exactly INTEGER.
    sequence: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    )
    """Order of arrival."""
    guid: str = Field(unique=True)
    """``X-GitHub-Delivery``, in lower case."""
    event: str
    action: str | None = None
    installation_id: int | None = Field(default=None, sa_type=BigInteger)
    repository: str | None = None
    """``owner/repo``."""
    thread: str | None = None
    """``owner/repo#number``."""
    line: str | None = None
    """What is worked on one after the other: a thread, or a repository, whatever it is called by now."""
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """The ``X-GitHub-*`` headers, names in lower case."""
    body: bytes = Field(sa_type=PackedBytes)
    """As GitHub sent it."""
    status: str = DeliveryStatus.received
    attempts: int = 0
    """How often its work was begun, counting after crashes."""
    replays: int = 0
    """How often it was received again after it was dead."""
    error: str | None = None
    failed_features: list[str] = Field(default_factory=list, sa_type=JSON)
    received_at: float
    handled_at: float | None = None


def open_database(url: str, *, durable: bool = True) -> Engine:
    """Open ``sqlite:///file`` or ``postgresql://...`` (``postgresql+psycopg://...`` means the same).

    ``durable`` makes every commit reach the disk before it returns: SQLite's ``synchronous=FULL``,
    PostgreSQL's ``synchronous_commit=on``. Without it a power cut may lose the last commits, but
    never damages the database. A new SQLite file, and its folder, are readable by the owner alone.

    Raises ``ValueError`` for any other kind of database.
    """
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            path = Path(parsed.database)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            settings: tuple[str, ...] = (
                f"PRAGMA page_size={PAGE_BYTES}",
                "PRAGMA journal_mode=WAL",
                f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}",
                f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}",
                f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
                "PRAGMA foreign_keys=ON",
            )
        case "postgresql" | "postgres":
            parsed = parsed.set(drivername="postgresql+psycopg")
            settings = (f"SET synchronous_commit TO {'on' if durable else 'off'}",)
        case kind:
            raise ValueError(f"a database of kind {kind!r} is not supported: use a SQLite file or PostgreSQL")

    engine = create_engine(
        parsed,
        # Rows hold private repositories' payloads, and an exception's text ends in a log.
        hide_parameters=True,
        pool_pre_ping=parsed.get_backend_name() == "postgresql",
    )

    @event.listens_for(engine, "connect")
    def apply_settings(connection: Any, _entry: ConnectionPoolEntry) -> None:
        if engine.dialect.name == "postgresql":
            connection.adapters.register_dumper(str, _TextWithoutNul)
        for setting in settings:
            connection.execute(setting)
        connection.commit()

    if engine.dialect.name == "sqlite":
        write_in_turn(engine, BUSY_TIMEOUT_MS / 1000, Checkpoints(engine).written)

        @event.listens_for(engine, "checkout")
        def lock_when_writing_begins(connection: Any, *_: object) -> None:
            # A transaction that writes takes the write lock at its start, where SQLite waits for it;
            # taken halfway, SQLite refuses at once when another writer came between. SQLAlchemy
            # resets this when a connection comes back from autocommit, hence at every checkout.
            connection.isolation_level = "IMMEDIATE"

    return engine


class _TextWithoutNul(StrDumperUnknown):
    """Text as psycopg sends it, but for NUL, which PostgreSQL does not keep and people's words may hold."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


@contextmanager
def changing_the_schema(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which the tables may be changed: of several workers one at a time has it."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
        else:
            connection.execute(text("BEGIN IMMEDIATE"))
        yield connection


def find_delivery(session: Session, guid: str) -> Delivery | None:
    """Find a delivery by its GUID, whichever case it is written in."""
    return session.exec(select(Delivery).where(Delivery.guid == guid.lower())).first()


def known_guids(session: Session, guids: Collection[str]) -> set[str]:
    """Tell which of these deliveries, their GUIDs in lower case, are in the inbox."""
    return set(session.exec(select(Delivery.guid).where(col(Delivery.guid).in_(guids))).all())


def list_deliveries(
    session: Session, status: DeliveryStatus | None = None, limit: int = 50
) -> Sequence[Delivery]:
    """List deliveries without their bodies, the newest first; of one status, or of all."""
    newest = (
        select(Delivery)
        .options(defer(cast(Any, Delivery.body)))
        .order_by(col(Delivery.sequence).desc())
        .limit(limit)
    )
    if status is not None:
        newest = newest.where(Delivery.status == status)
    return session.exec(newest).all()


def mark_queued(session: Session, guids: Collection[str], replays: int = 0) -> int:
    """Say that the engine has the deliveries, of those that still waited; give how many that were.

    One that ended and was received again in the meantime, more often than ``replays`` times, goes on waiting:
    the engine does not have the job of that replay.
    """
    waiting = (
        col(Delivery.guid).in_(guids),
        col(Delivery.status) == DeliveryStatus.received,
        col(Delivery.replays) == replays,
    )
    return session.exec(update(Delivery).where(*waiting).values(status=DeliveryStatus.queued)).rowcount


def mark_attempted(session: Session, guid: str) -> bool:
    """Count one more attempt at the delivery's work."""
    return _mark(session, guid, attempts=Delivery.attempts + 1)


def mark_handled(session: Session, guid: str, note: str | None = None) -> bool:
    """Say that the delivery's work is done, and what GitHub would not let be done of it."""
    return _mark(
        session,
        guid,
        status=DeliveryStatus.handled,
        handled_at=time.time(),
        error=note,
        failed_features=[],
    )


def mark_ignored(session: Session, guid: str, reason: str | None = None) -> bool:
    """Say that the delivery concerned no feature, or why nothing could be done about it."""
    return _mark(session, guid, status=DeliveryStatus.ignored, handled_at=time.time(), error=reason)


def mark_dead(session: Session, guid: str, error: str, failed_features: Iterable[str] = ()) -> bool:
    """Say that the delivery is given up, why, and which features failed."""
    return _mark(
        session,
        guid,
        status=DeliveryStatus.dead,
        handled_at=time.time(),
        error=error,
        failed_features=list(failed_features),
    )


def mark_received(session: Session, guid: str) -> bool:
    """Put a delivery back at the start, to be worked on again; False when it is already on its way.

    The features that failed stay recorded, so that a replay can run those alone.
    """
    return _mark(
        session,
        guid,
        not_from=(DeliveryStatus.received, DeliveryStatus.queued),
        **RECEIVED_AGAIN,
    )


def count_dead(session: Session) -> int:
    """Count the deliveries that were given up."""
    dead = select(func.count()).select_from(Delivery).where(col(Delivery.status) == DeliveryStatus.dead)
    return session.exec(dead).one()


def mark_dead_received(session: Session) -> int:
    """Put every dead delivery back at the start, as :func:`mark_received` does one; give how many."""
    return session.exec(
        update(Delivery).where(col(Delivery.status) == DeliveryStatus.dead).values(**RECEIVED_AGAIN)
    ).rowcount


RECEIVED_AGAIN: dict[str, Any] = {
    "status": DeliveryStatus.received,
    "replays": Delivery.replays + 1,
    "error": None,
    "handled_at": None,
}
"""What changes about a delivery that is put back at the start."""


def _mark(
    session: Session,
    guid: str,
    *,
    not_from: Iterable[DeliveryStatus] = (),
    **values: Any,
) -> bool:
    """Change one delivery inside the caller's transaction; False when none was changed."""
    change = update(Delivery).where(col(Delivery.guid) == guid.lower()).values(**values)
    if not_from:
        change = change.where(col(Delivery.status).not_in(list(not_from)))
    # To look for the delivery in the session would be most of the work.
    return session.exec(change, execution_options={"synchronize_session": False}).rowcount == 1
