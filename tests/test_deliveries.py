"""A delivery's job, killed at any of its commits and run again."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any, Protocol, cast

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.actions import Action, AddLabels, Remember, Reply, SetSection
from bot.apply import Applier
from bot.audit import AuditEntry
from bot.config import Section, load
from bot.decisions import KeptDecision
from bot.deliveries import LONG, Deliveries, takes_long
from bot.dispatch import Dispatcher
from bot.durable import Patience
from bot.errors import RefusedError, TransientError
from bot.events import Event, Thread
from bot.feature import Feature
from bot.memory import Memory
from bot.own_events import own_delivery
from bot.reads import PostedComment
from bot.store import Delivery, find_delivery
from bot.unit_of_work import UnitOfWork
from tests.fixtures.events import event

THREAD = Thread("octo/models", 7, 11)
BOT = "giveback[bot]"


class KilledError(BaseException):
    """The process is gone."""


class Reads(Protocol):
    """A feature that reads nothing."""


@dataclass
class Run:
    """One run of a job; it remembers nothing and asks the engine for no step."""

    job: str
    patience: Patience = field(default_factory=lambda: Patience(attempts=3, first=0.0))

    async def step(self, name: str, action: Any) -> str:
        raise AssertionError("a delivery's job takes no step")

    async def sleep(self, seconds: float) -> None:
        return None

    async def receive(self, topic: str, seconds: float) -> str | None:
        raise AssertionError("a delivery waits for no message")


class GitHub:
    """The one thread there is, and how often each thing was done to it."""

    def __init__(self) -> None:
        self.present: list[str] = []
        self.bodies: dict[int, str] = {}
        self.done: Counter[str] = Counter()

    async def labels(self, repository: str, number: int) -> list[str]:
        return list(self.present)

    async def label_names(self, repository: str) -> list[str]:
        return ["bug"]

    async def label_setters(self, repository: str, number: int, label: str) -> list[tuple[str, str]]:
        return [("labeled", BOT)] if label in self.present else []

    async def add_labels(self, repository: str, number: int, labels: Sequence[str]) -> None:
        self.present += labels
        self.done["label"] += 1

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        return [PostedComment(id=key, author=BOT, body=body) for key, body in self.bodies.items()]

    async def post_comment(self, repository: str, number: int, body: str) -> int:
        self.bodies[len(self.bodies) + 1] = body
        self.done["comment"] += 1
        return len(self.bodies)

    async def edit_comment(self, repository: str, comment: int, body: str) -> None:
        self.bodies[comment] = body


class House:
    """Deliveries, with one feature that decides otherwise each time it is asked."""

    def __init__(self, database: Engine, actions: Any = None) -> None:
        self.database, self.github, self.asked = database, GitHub(), count(1)
        self.errors: list[Exception] = []
        feature = Feature[Section, Reads]("counting", Section)

        @feature.on("giveback.timer")
        async def handle(event: Event, section: Section, reads: Reads) -> Sequence[Action]:
            if self.errors:
                raise self.errors.pop()
            return self.decide(next(self.asked))

        applier = Applier(
            database=database,
            installation=1,
            bot_login=BOT,
            reader=cast(Any, self.github),
            writer=cast(Any, self.github),
            long_work=cast(Any, SimpleNamespace()),
            section_order=["counting"],
        )

        async def config(repository: Any) -> Any:
            return load(None, None, {"counting": Section, "away": Section})

        installation = SimpleNamespace(
            notice=lambda event: None,
            configs=SimpleNamespace(config=config),
            reader=self.github,
            applier=applier,
        )
        self.features: list[Feature[Any, Any]] = []
        self.installation = cast(Any, installation)
        self.enroll(feature)

    def enroll(self, feature: Feature[Any, Any]) -> None:
        self.features.append(feature)
        self.deliveries = Deliveries(
            self.database, Dispatcher(self.features), lambda number: self.installation
        )

    def decide(self, number: int) -> Sequence[Action]:
        said: dict[str, Any] = {"thread": THREAD, "reason": "a test", "feature": "counting"}
        return [
            AddLabels(labels=("bug",), **said),
            Remember(key="time", value={"asked": number}, **said),
            SetSection(section="counting", body=f"asked {number} times", **said),
            Reply(key="k", body=f"asked {number} times", **said),
        ]

    def arrives(self) -> str:
        with Session(self.database) as session:
            delivery = own_delivery("giveback.timer", "counting.now", 1, THREAD, str(uuid.uuid4()))
            session.add(delivery)
            session.commit()
            return delivery.guid

    async def run(self, guid: str) -> Delivery:
        await self.deliveries.handle(guid, Run(guid))
        return self.found(guid)

    def found(self, guid: str) -> Delivery:
        with Session(self.database, expire_on_commit=False) as session:
            delivery = find_delivery(session, guid)
            assert delivery is not None
            return delivery

    def rows(self, table: Any) -> list[Any]:
        with Session(self.database, expire_on_commit=False) as session:
            return list(session.exec(select(table)))


@pytest.fixture
def house(database: Engine) -> House:
    return House(database)


async def test_a_delivery_is_carried_out_once_though_its_job_is_killed_at_each_of_its_commits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = UnitOfWork.do
    left = 0

    async def commit_or_die(self: UnitOfWork, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left == 0:
            raise KilledError
        left -= 1
        return await commit(self, *args, **kwargs)

    monkeypatch.setattr(UnitOfWork, "do", commit_or_die)
    guid = house.arrives()
    for lives in count(0):
        left = lives
        try:
            await house.run(guid)
            break
        except KilledError:
            continue
    assert lives > 3
    assert house.found(guid).status == "handled"
    assert house.github.done == {"label": 1, "comment": 2}
    (number,) = {row.value["asked"] for row in house.rows(Memory)}
    assert all(f"asked {number} times" in body for body in house.github.bodies.values())
    assert {row.outcome for row in house.rows(AuditEntry)} == {"done"}
    assert house.rows(KeptDecision) == []


async def test_what_was_decided_is_carried_out_and_not_decided_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*args: Any) -> None:
        raise KilledError

    guid = house.arrives()
    with monkeypatch.context() as patch:
        patch.setattr(house.github, "add_labels", die)
        with pytest.raises(KilledError):
            await house.run(guid)
    assert len(house.rows(KeptDecision)) == 1
    await house.run(guid)
    assert next(house.asked) == 2
    assert house.rows(KeptDecision) == []


async def test_what_was_decided_after_a_wait_is_carried_out_and_not_decided_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_comment = house.github.post_comment

    async def post_and_die(*args: Any) -> int:
        await post_comment(*args)
        raise KilledError

    guid = house.arrives()
    house.errors = [TransientError("away")]
    with monkeypatch.context() as patch:
        patch.setattr(house.github, "post_comment", post_and_die)
        with pytest.raises(KilledError):
            await house.run(guid)
    assert (await house.run(guid)).status == "handled"
    assert house.github.done == {"label": 1, "comment": 2}
    assert all("asked 1 times" in body for body in house.github.bodies.values())
    assert house.rows(KeptDecision) == []


async def test_what_was_done_is_on_disk_before_a_feature_that_waits_is_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Feature[Section, Reads]("away", Section)

    @away.on("giveback.timer")
    async def handle(event: Event, section: Section, reads: Reads) -> Sequence[Action]:
        raise TransientError("away")

    seen: list[str] = []

    async def look(self: Run, seconds: float) -> None:
        seen.extend(row.outcome for row in house.rows(AuditEntry))

    house.enroll(away)
    monkeypatch.setattr(Run, "sleep", look)
    assert (await house.run(house.arrives())).error == "away: away"
    assert set(seen) == {"done"}


async def test_a_job_that_was_cut_off_after_its_delivery_ended_does_nothing(house: House) -> None:
    guid = house.arrives()
    first = await house.run(guid)
    again = await house.run(guid)
    assert (again.attempts, again.handled_at) == (1, first.handled_at)
    assert next(house.asked) == 2


async def test_with_nothing_to_do_nothing_is_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "decide", lambda number: [])
    assert (await house.run(house.arrives())).status == "handled"
    assert house.rows(KeptDecision) == house.rows(AuditEntry) == []


@pytest.mark.parametrize(
    ("errors", "status", "reason"),
    [
        ([TransientError("away")], "handled", None),
        ([TransientError("away")] * 3, "dead", "counting: away"),
        ([RefusedError("no", 403)], "dead", "counting: GitHub refused (403): no"),
    ],
)
async def test_a_feature_that_waits_is_asked_again_and_one_that_is_refused_is_not(
    house: House, errors: list[Exception], status: str, reason: str | None
) -> None:
    house.errors = list(errors)
    ended = await house.run(house.arrives())
    assert (ended.status, ended.error) == (status, reason)
    assert house.rows(KeptDecision) == []


async def test_while_github_is_away_the_plan_waits_and_then_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_labels, failures = house.github.add_labels, [TransientError("away")]

    async def away(*args: Any) -> None:
        if failures:
            raise failures.pop()
        await add_labels(*args)

    monkeypatch.setattr(house.github, "add_labels", away)
    assert (await house.run(house.arrives())).status == "handled"
    assert house.github.done == {"label": 1, "comment": 2}


async def test_a_delivery_of_one_repeated_event_takes_few_commits(house: House) -> None:
    from bot import transactions

    await house.run(house.arrives())
    before = transactions._shared[house.database].transactions
    monotony = house.decide(1)
    house.decide = lambda number: monotony  # type: ignore[method-assign]  # the same each time
    await house.run(house.arrives())
    assert transactions._shared[house.database].transactions - before <= 7


@pytest.mark.parametrize(("now", "before"), [("x" * (LONG + 1), ""), ("x", "x" * (LONG + 1))])
def test_an_edit_of_a_long_comment_is_read_off_the_event_loop_too(now: str, before: str) -> None:
    changes = {"body": {"from": before}}
    comment = {"id": 1, "body": now, "user": {"login": "mallory", "id": 2}}
    assert takes_long(event("issue_comment", action="edited", comment=comment, changes=changes))
    comment["body"] = "x"
    assert not takes_long(event("issue_comment", action="created", comment=comment))
