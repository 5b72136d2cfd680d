"""Give what the bot can do in each installation of the App: read, write, and know the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from bot.apply import Applier, Releases
from bot.config import Section
from bot.github.client import AppClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.repository_config import ConfigSource


@dataclass(frozen=True)
class Installation:
    """One installation."""

    reader: GitHubReader
    applier: Applier
    configs: ConfigSource


@dataclass(frozen=True)
class Installations:
    """Opens installations, and keeps them with their caches."""

    app: AppClient
    database: Engine
    releases: Releases
    bot_login: str
    sections: Mapping[str, type[Section]]
    section_order: Sequence[str]
    dry_run: bool = False
    _open: dict[int, Installation] = field(default_factory=dict)

    def __call__(self, number: int) -> Installation:
        """Give one installation; the same one each time."""
        if number not in self._open:
            client = self.app.installation(number)
            reader = GitHubReader(client)
            self._open[number] = Installation(
                reader=reader,
                applier=Applier(
                    database=self.database,
                    installation=number,
                    bot_login=self.bot_login,
                    reader=reader,
                    writer=GitHubWriter(client),
                    releases=self.releases,
                    section_order=self.section_order,
                    dry_run=self.dry_run,
                ),
                configs=ConfigSource(reader, self.database, self.sections),
            )
        return self._open[number]
