"""A repository, its threads, the bot on it, and what happens there."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import cast

from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.apply import STATUS_MARKER, Applier
from bot.config import RepoConfig, load
from bot.dispatch import Decision, Dispatcher
from bot.errors import GoneError, TransientError
from bot.events import TIMER, Event, event_from
from bot.features import FEATURES, sections
from bot.github.writer import GitHubWriter
from bot.timers import Timer, action_of
from tests.features.world.reading import WorldReader
from tests.features.world.records import (
    BOT,
    NAME,
    ThreadRecord,
    promise,
)
from tests.features.world.writing import WorldWriter
from tests.fixtures.events import Json, repository


class NoLongWork:
    """An engine that is asked for long work and does none."""

    async def learn_history(self, action: object, installation: int) -> None: ...

    async def start_release(self, action: object, installation: int) -> None: ...

    async def decide_release(self, action: object, key: str) -> None: ...

    async def take_back(self, action: object, installation: int) -> None: ...


class World:
    """A repository, its threads, the bot on it, and what happens there."""

    ids: Iterator[int]
    homes = count(1)

    def __init__(self, database: Engine, folder: Path, config: str = "") -> None:
        # Each world is a repository of its own, so that many can share one database.
        self.home = {**repository(NAME, id=next(self.homes)), "node_id": "R1"}
        self.ids = count(1000)
        self.threads: dict[int, ThreadRecord] = {}
        self.config: RepoConfig = load(config, None, sections())
        self.database = database
        self.dispatcher = Dispatcher(FEATURES)
        self.reader = WorldReader(self, database, folder)
        self.writer = WorldWriter(self)
        self.applier = Applier(
            database=database,
            installation=1,
            bot_login=BOT,
            reader=self.reader,
            writer=cast(GitHubWriter, self.writer),
            long_work=NoLongWork(),
            section_order=[one.name for one in FEATURES],
        )
        self.commands: tuple[str, ...] = ()
        """The commands somebody gave with the delivery that is being worked on, as they were written."""
        self.is_fresh = True
        """Whether it arrived within a minute."""
        self.handled: set[str] = set()
        self.writes = 0
        self.failures: list[str] = []

    def thread(self, number: int) -> ThreadRecord:
        if number not in self.threads:
            raise GoneError("Not Found", 404)
        return self.threads[number]

    def pull(self, number: int) -> ThreadRecord:
        found = self.thread(number)
        if not found.pull:
            raise GoneError("Not Found", 404)
        return found

    def asked(self, *commands: str) -> bool:
        """Tell whether the delivery that is being worked on asks for one of these."""
        return any(one.split()[0] in commands for one in self.commands)

    async def deliver(
        self,
        guid: str,
        name: str,
        payload: Json,
        *,
        asks: tuple[str, ...] = (),
        fresh: bool = True,
        trouble_after: int | None = None,
    ) -> Decision | None:
        """Bring a delivery past the inbox to the features and carry out what they want, as the service does.

        ``asks`` are the commands that somebody gave with it. ``trouble_after`` writes GitHub is away for a
        moment, and the same plan is carried out again.
        """
        if guid in self.handled:
            return None
        event = event_from(name, guid, {**deepcopy(payload), "installation": {"id": 1}})
        self.handled.add(guid)
        if not self.dispatcher.concerns(event):
            return None
        self.commands, self.is_fresh = asks, fresh
        await self.applier.apply(self.dispatcher.receipt(event, self.config), guid)
        decision = await self.dispatcher.decide(event, self.config, self.reader)
        self.failures += [f"{one.feature}: {one.message}" for one in decision.failures]
        await self._apply(decision, event, trouble_after)
        self.commands = ()
        return decision

    async def _apply(self, decision: Decision, event: Event, trouble_after: int | None) -> None:
        self.writer.until_trouble = trouble_after
        for _ in range(2):
            try:
                await self.applier.apply(
                    decision.plan, event.guid, opened_with=event.opened_with, nodes=event.nodes
                )
                break
            except TransientError:
                continue
        self.writer.until_trouble = None

    def timers(self) -> list[Timer]:
        """List the timers of this repository, those that are due first at first."""
        with Session(self.database) as session:
            found = session.exec(select(Timer).where(Timer.home == str(self.home["id"]))).all()
        return sorted(found, key=lambda one: (one.due, one.feature, one.name))

    async def ring(self, timer: Timer, guid: str) -> None:
        """Let a timer ring."""
        with Session(self.database) as session:
            kept = session.get(Timer, (timer.home, timer.number, timer.feature, timer.name))
            if kept is None:
                return
            session.delete(kept)
            session.commit()
        payload: Json = {"action": action_of(timer.feature, timer.name), "repository": self.home}
        if timer.number:
            payload["issue"] = {"number": timer.number}
        await self.deliver(guid, TIMER, payload)

    def hold(self) -> None:
        """Hold all that stands there now to what must be impossible."""
        for thread in self.threads.values():
            mine = [body for author, body in thread.comments.values() if author == BOT]
            promise(sum(body.startswith(STATUS_MARKER) for body in mine) <= 1, "more than one status comment")
