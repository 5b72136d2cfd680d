"""Give what the bot can do in each installation of the App: read, write, and know the configuration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from bot import check_parts, memory, releases, threads
from bot.apply import Applier, LongWork
from bot.aside import aside
from bot.commands import DEFAULT_SLUG
from bot.config import Section
from bot.events import DEFAULT_BRANCH, Account, Event, Repository, Thread
from bot.github.client import AppClient, InstallationClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.hub.errors import HubError
from bot.hub.jobs import Asked, HubAccess, Known
from bot.hub.publishing import Publisher
from bot.knowledge import Knowledge
from bot.namespaces import may_publish
from bot.reads import EndedRelease, NotedRelease, ReleaseUnderWay
from bot.repository_config import ConfigSource
from bot.transactions import in_transaction
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from bot.triage.similar.score import Match

log = logging.getLogger(__name__)


class Reader(GitHubReader):
    """Reads GitHub, and what the bot itself remembers; every feature sees the part of it that it names."""

    def __init__(
        self,
        client: InstallationClient,
        web_url: str,
        database: Engine,
        namespaces: Mapping[str, frozenset[str]],
        knowledge: Knowledge,
        hub: str = "",
        slug: str = DEFAULT_SLUG,
    ) -> None:
        super().__init__(client, web_url)
        self._hub = hub
        self._slug = slug
        self._database = database
        self._knowledge = knowledge
        self._namespaces = namespaces

    async def own_slug(self) -> str:
        """Give the name the App is addressed by."""
        return self._slug

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        """Tell whether the operator lets a repository publish under a name on the Hub."""
        return may_publish(repository, hub_id, self._namespaces)

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""
        return await in_transaction(self._database, releases.under_way, thread)

    async def public_knowledge(self, asked: Asked, into: Path) -> Known | None:
        """Ask the Hub as anybody may; ``None`` when there is none to ask, or it does not answer."""
        if not self._hub:
            return None
        try:
            return await Publisher(HubAccess(self._hub, token="")).known(asked, into, into)
        except HubError as error:
            log.info("the Hub was not asked about a pull request: %s", error.message)
            return None

    async def last_release(self, thread: Thread) -> EndedRelease | None:
        """Find the release of a thread that ended last."""
        return await in_transaction(self._database, releases.last_ended, thread)

    async def releases_of(self, thread: Thread) -> tuple[NotedRelease, ...]:
        """List what was released and taken back from a thread's repository, the newest first."""
        return await in_transaction(self._database, releases.of_repository, thread)

    async def has_section(self, thread: Thread, section: str) -> bool:
        """Tell whether a feature has words in a thread's status comment now."""
        return section in await in_transaction(self._database, threads.sections, thread)

    async def predicted_labels(self, thread: Thread, issue: PastIssue) -> Prediction:
        """Say what the repository's own history lets expect of an issue's labels and type."""
        return await asyncio.to_thread(self._knowledge.predict, thread, issue)

    async def similar_issues(self, thread: Thread, issue: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        """Find the issues most like one that were opened before it in its repository."""
        return await aside(self._knowledge.similar, thread, issue, limit)

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        """List the labels the bot has added to a thread and not taken away itself."""
        return await in_transaction(self._database, threads.added_labels, thread)

    async def reported_parts(self, repository: str, commit: str) -> frozenset[str]:
        """List the parts of the shared check run that were reported on a commit."""
        parts = await in_transaction(self._database, check_parts.parts_of, repository, commit)
        return frozenset(part.part for part in parts)

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread or, with number 0, about a repository, by key."""
        return await in_transaction(self._database, memory.recall, thread, feature)

    async def recall_everywhere(self, thread: Thread, feature: str, key: str) -> dict[int, dict[str, Any]]:
        """Return what a feature keeps under one key on every thread of the repository, by number."""
        return await in_transaction(self._database, memory.recall_everywhere, thread, feature, key)


@dataclass(frozen=True)
class Installation:
    """One installation."""

    reader: Reader
    applier: Applier
    configs: ConfigSource

    def notice(self, event: Event) -> None:
        """Forget what a push to a default branch may have changed."""
        self.configs.notice(event)
        self.reader.notice(event)


@dataclass(frozen=True)
class Installations:
    """Opens installations, and keeps them with their caches."""

    app: AppClient
    web_url: str
    database: Engine
    long_work: LongWork
    bot_login: str
    sections: Mapping[str, type[Section]]
    section_order: Sequence[str]
    namespaces: Mapping[str, frozenset[str]]
    knowledge: Knowledge
    dry_run: bool = False
    hub: str = ""
    """Address of the Hub that pull requests are checked against; empty for none."""
    _open: dict[int, Installation] = field(default_factory=dict)

    async def why_dry(self, number: int, repository: str) -> str | None:
        """Say whose dry run forbids to change anything for a repository; ``None`` when nobody's does."""
        if self.dry_run:
            return "Whoever runs this bot has switched it to dry run."
        owner, _, name = repository.partition("/")
        asked = Repository(
            full_name=repository, name=name, owner=Account(login=owner), default_branch=DEFAULT_BRANCH
        )
        config = await self(number).configs.config(asked)
        return "This repository's configuration says dry_run." if config.dry_run else None

    def by(self, app: AppClient) -> Installations:
        """Give the same by another client, for another event loop: connections belong to one."""
        return replace(self, app=app, _open={})

    def __call__(self, number: int) -> Installation:
        """Give one installation; the same one each time."""
        if number not in self._open:
            client = self.app.installation(number)
            slug = self.bot_login.removesuffix("[bot]")
            reader = Reader(
                client, self.web_url, self.database, self.namespaces, self.knowledge, self.hub, slug
            )
            self._open[number] = Installation(
                reader=reader,
                applier=Applier(
                    database=self.database,
                    installation=number,
                    bot_login=self.bot_login,
                    reader=reader,
                    writer=GitHubWriter(client),
                    long_work=self.long_work,
                    section_order=self.section_order,
                    dry_run=self.dry_run,
                ),
                configs=ConfigSource(reader, self.database, self.sections),
            )
        return self._open[number]
