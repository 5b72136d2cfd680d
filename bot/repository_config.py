"""Load a repository's configuration from GitHub, and keep the last good one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import JSON, Engine
from sqlmodel import Field, Session, SQLModel

from bot.config import (
    CONFIG_PATH,
    ConfigError,
    ConfigProblem,
    File,
    RepoConfig,
    Section,
    choose,
    load,
    restore,
)
from bot.documents import Problem
from bot.errors import UnusableFileError
from bot.events import Event, Repository
from bot.transactions import in_transaction

logger = logging.getLogger(__name__)

KEPT = 300.0
"""Seconds a configuration is trusted; a push that changes it is noticed at once."""

OWNERS_REPOSITORY = ".github"
"""Name of the owner's repository whose file the others build on."""


class LastGoodConfig(SQLModel, table=True):
    """The last configuration of a repository that had no mistake in it."""

    __tablename__ = "last_good_config"

    repository: str = Field(primary_key=True)
    data: dict[str, Any] = Field(sa_type=JSON)


class FileReads(Protocol):
    """Reads text files."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""


class ConfigSource:
    """Gives the configuration that counts for each repository of an installation."""

    def __init__(self, reads: FileReads, database: Engine, sections: Mapping[str, type[Section]]) -> None:
        self._reads = reads
        self._database = database
        self._sections = sections
        self._kept: dict[str, tuple[float, RepoConfig]] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._changes = 0

    async def config(self, repository: Repository) -> RepoConfig:
        """Give the configuration from the default branch, or the last good one if that is broken."""
        name = repository.full_name
        async with self._asking.setdefault(name, asyncio.Lock()):
            kept = self._kept.get(name)
            if kept is None or time.monotonic() - kept[0] > KEPT:
                changes = self._changes
                text = await self._read(name, repository.default_branch)
                parent = await self._parent(repository)
                kept = time.monotonic(), await self._choose(name, text, parent)
                if changes == self._changes:  # otherwise it may be what was there before
                    self._kept[name] = kept
            return kept[1]

    def notice(self, event: Event) -> None:
        """Forget configurations that a push to a default branch may have changed."""
        if not event.may_change(CONFIG_PATH):
            return
        self._changes += 1
        if event.repository.name == OWNERS_REPOSITORY:
            self._kept.clear()
        self._kept.pop(event.repository.full_name, None)

    async def _parent(self, repository: Repository) -> File:
        if repository.name == OWNERS_REPOSITORY:
            return None
        owners = f"{repository.full_name.partition('/')[0]}/{OWNERS_REPOSITORY}"
        return await self._read(owners, "HEAD")

    async def _read(self, repository: str, ref: str) -> File:
        """Read the file; what stands in its place and is no text counts as a broken one."""
        try:
            return await self._reads.text_file(repository, CONFIG_PATH, ref)
        except UnusableFileError as error:
            return Problem(1, 1, "", error.problem, error.next_step)

    async def _choose(self, repository: str, text: File, parent: File) -> RepoConfig:
        known = await in_transaction(self._database, _last_good, repository)
        config, problems = await asyncio.to_thread(self._judge, text, parent, known)
        if problems:
            logger.warning("%s: the configuration has %d mistakes", repository, len(problems))
        elif known != config.data():
            await in_transaction(self._database, _keep_good, repository, config.data())
        return config

    def _judge(
        self, text: File, parent: File, known: dict[str, Any] | None
    ) -> tuple[RepoConfig, tuple[ConfigProblem, ...]]:
        last_good = None if known is None else restore(known, self._sections)
        try:
            new: RepoConfig | ConfigError = load(text, parent, self._sections)
        except ConfigError as error:
            new = error
        return choose(new, last_good)


def _last_good(session: Session, repository: str) -> dict[str, Any] | None:
    known = session.get(LastGoodConfig, repository)
    return None if known is None else known.data


def _keep_good(session: Session, repository: str, data: dict[str, Any]) -> None:
    session.merge(LastGoodConfig(repository=repository, data=data))
