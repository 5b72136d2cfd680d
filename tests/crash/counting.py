"""Count what became of deliveries, in the service's database and on GitHub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, select

from bot.apply import STATUS_MARKER
from bot.audit import AuditEntry, Outcome
from bot.sandbox.demo.people import Person
from bot.store import Delivery, DeliveryStatus, open_database
from tests.crash.load import Sent
from tests.processes import BOT, Json

LABELS = ("bug", "needs-info")
"""What the bot puts on an issue like those of the load."""

RECEIPTS = ("eyes", "rocket")

_REPLY = re.compile(r"<!-- giveback:reply ([0-9a-f-]{36})")


@dataclass
class Count:
    """How many deliveries were handled, and in words each that went wrong."""

    handled: int = 0
    lost: list[str] = field(default_factory=list)
    """Acknowledged or stored, and not, or not wholly, carried out."""
    doubled: list[str] = field(default_factory=list)
    """Carried out more than once."""
    uncalled: list[str] = field(default_factory=list)
    """Carried out although never stored."""

    def expect_once(self, times: int, what: str) -> None:
        """Note what should have happened exactly once."""
        if times == 0:
            self.lost.append(what)
        elif times > 1:
            self.doubled.append(f"{what}: {times} times")

    def expect_never(self, times: int, what: str) -> None:
        """Note what should not have happened at all."""
        if times:
            self.uncalled.append(what)


@dataclass(frozen=True)
class Memory:
    """What the service's database says at the end."""

    deliveries: dict[str, Delivery]
    audit: Sequence[AuditEntry]


def remember(database_url: str) -> Memory:
    """Read the service's database."""
    database = open_database(database_url)
    with Session(database, expire_on_commit=False) as session:
        deliveries = {row.guid: row for row in session.exec(select(Delivery))}
        entries = session.exec(select(AuditEntry)).all()
    database.dispose()
    return Memory(deliveries, entries)


def count(sent: Iterable[Sent], memory: Memory, looker: Person, repository: str) -> Count:
    """Hold the database and GitHub against what was sent."""
    found = Count()
    by_thread: dict[int, list[Sent]] = {}
    for one in sent:
        by_thread.setdefault(one.number, []).append(one)
        _count_delivery(one, memory.deliveries.get(one.guid), found)
    _count_audit(memory, found)
    for number, about in by_thread.items():
        stored = [one for one in about if one.guid in memory.deliveries]
        _count_thread(looker, repository, number, stored, about, found)
    return found


def _count_delivery(one: Sent, row: Delivery | None, found: Count) -> None:
    if row is None:
        if one.acknowledged:
            found.lost.append(f"{one.guid} was acknowledged and is not stored")
    elif row.status == DeliveryStatus.handled:
        found.handled += 1
    else:
        found.lost.append(f"{one.guid} is {row.status}: {row.error}")


def _count_audit(memory: Memory, found: Count) -> None:
    for entry in memory.audit:
        if entry.plan not in memory.deliveries:
            found.uncalled.append(f"{entry.kind} for {entry.plan}")
        if entry.outcome != Outcome.done or entry.finished_at is None:
            found.lost.append(f"{entry.kind} for {entry.plan} is {entry.outcome}: {entry.detail}")


def _count_thread(
    looker: Person, repository: str, number: int, stored: Sequence[Sent], about: Sequence[Sent], found: Count
) -> None:
    path = f"/repos/{repository}/issues/{number}"
    comments = _all(looker, f"{path}/comments")
    bodies = [one["body"] for one in comments if one["user"]["login"] == BOT]
    statuses = sum(body.startswith(STATUS_MARKER) for body in bodies)
    replies = Counter(match[1] for body in bodies if (match := _REPLY.match(body)))
    added = Counter(
        one["label"]["name"]
        for one in _all(looker, f"{path}/events")
        if one["event"] == "labeled" and one["actor"]["login"] == BOT
    )
    opened = any(one.event == "issues" for one in stored)
    expect = found.expect_once if opened else found.expect_never
    expect(statuses, f"the status comment of #{number}")
    for label in LABELS:
        expect(added[label], f"the label {label} of #{number}")
    kept = {one.guid for one in stored}
    for one in about:
        if one.comment is None:
            continue
        expect = found.expect_once if one.guid in kept else found.expect_never
        expect(replies[one.guid], f"the reply to {one.guid} on #{number}")
        reactions = Counter(looker.reactions(repository, one.comment))
        for receipt in RECEIPTS:
            expect(reactions[receipt], f"the {receipt} for {one.guid} on #{number}")


def _all(looker: Person, path: str) -> list[Json]:
    """Read a list over all its pages."""
    found: list[Json] = []
    while True:
        page: list[Json] = looker.call("GET", f"{path}?per_page=100&page={len(found) // 100 + 1}")
        found += page
        if len(page) < 100:
            return found
