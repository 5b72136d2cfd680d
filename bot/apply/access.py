"""What carrying an action out takes: GitHub, to read and to write, and the bot's own memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Engine

from bot.events import Thread
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.store import in_transaction

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Access:
    """What an installation lets the bot do, and what the bot remembers."""

    database: Engine
    installation: int
    bot_login: str
    """The App's own login, for example ``giveback[bot]``."""
    reader: GitHubReader
    writer: GitHubWriter

    async def remember(self, change: Callable[..., _Result], *arguments: object) -> _Result:
        """Run one piece of database work in its own transaction, off the event loop."""
        return await in_transaction(self.database, change, *arguments)

    async def find_own_comment(self, thread: Thread, marker: str) -> int | None:
        """Find the bot's comment on a thread that begins with a marker."""
        for comment in await self.reader.comments(thread.repository, thread.number):
            if comment.author == self.bot_login and comment.body.startswith(marker):
                return comment.id
        return None
