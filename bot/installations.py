"""Give what the bot can do in each installation of the App: read, write, and know the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from bot import releases
from bot.apply import Applier, Releases
from bot.config import Section
from bot.events import Thread
from bot.github.client import AppClient, InstallationClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.reads import ReleaseUnderWay
from bot.repository_config import ConfigSource
from bot.store import in_transaction


class Reader(GitHubReader):
    """Reads GitHub, and what the bot itself remembers; every feature sees the part of it that it names."""

    def __init__(self, client: InstallationClient, web_url: str, database: Engine) -> None:
        super().__init__(client, web_url)
        self._database = database

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        """Find the release that a thread asked for and that has not ended."""
        return await in_transaction(self._database, releases.under_way, thread)

    async def release_of(self, hub_id: str) -> ReleaseUnderWay | None:
        """Find the release of a model that has not ended, whichever thread asked for it."""
        return await in_transaction(self._database, releases.under_way_of, hub_id)


@dataclass(frozen=True)
class Installation:
    """One installation."""

    reader: Reader
    applier: Applier
    configs: ConfigSource


@dataclass(frozen=True)
class Installations:
    """Opens installations, and keeps them with their caches."""

    app: AppClient
    web_url: str
    database: Engine
    release_engine: Releases
    bot_login: str
    sections: Mapping[str, type[Section]]
    section_order: Sequence[str]
    dry_run: bool = False
    _open: dict[int, Installation] = field(default_factory=dict)

    def __call__(self, number: int) -> Installation:
        """Give one installation; the same one each time."""
        if number not in self._open:
            client = self.app.installation(number)
            reader = Reader(client, self.web_url, self.database)
            self._open[number] = Installation(
                reader=reader,
                applier=Applier(
                    database=self.database,
                    installation=number,
                    bot_login=self.bot_login,
                    reader=reader,
                    writer=GitHubWriter(client),
                    releases=self.release_engine,
                    section_order=self.section_order,
                    dry_run=self.dry_run,
                ),
                configs=ConfigSource(reader, self.database, self.sections),
            )
        return self._open[number]
