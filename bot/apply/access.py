"""What carrying an action out takes: GitHub, to read and to write, and the bot's own memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

from bot.events import Thread
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.unit_of_work import UnitOfWork

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Access:
    """What an installation lets the bot do for one plan, and what the bot remembers."""

    unit: UnitOfWork
    installation: int
    bot_login: str
    """The App's own login, for example ``giveback[bot]``."""
    reader: GitHubReader
    writer: GitHubWriter

    async def remember(
        self, work: Callable[Concatenate[Session, P], Result], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Do one piece of database work now, with what was put off, in one transaction."""
        return await self.unit.do(work, *args, **kwargs)

    def put_off(
        self, change: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Have a change made with the next piece of database work."""
        self.unit.add(change, *args, **kwargs)

    async def find_own_comment(self, thread: Thread, marker: str) -> int | None:
        """Find the bot's comment on a thread that begins with a marker."""
        for comment in await self.reader.comments(thread.repository, thread.number):
            if comment.author == self.bot_login and comment.body.startswith(marker):
                return comment.id
        return None
