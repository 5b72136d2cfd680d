"""Bring the status comment of a thread in line with what the features say."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from bot import threads
from bot.apply.access import Access
from bot.errors import GoneError, RefusedError
from bot.events import Thread
from bot.rendering import fit, render

logger = logging.getLogger(__name__)

STATUS_MARKER = "<!-- giveback:status -->"
"""Stands first in the status comment, so that it is found again when the database is lost."""


@dataclass(frozen=True)
class StatusComments:
    """Writes the one comment on each thread that is edited in place."""

    access: Access
    section_order: Sequence[str]

    async def tell(self, thread: Thread, section: str, words: str) -> None:
        """Say in a section what was done, and show it; the deed stands even where nothing may be said."""
        self.access.put_off(threads.set_section, thread, section, words)
        try:
            await self.show(thread)
        except RefusedError as error:
            logger.warning("%s: GitHub refused the words about %s: %s", thread, section, error)

    async def show(self, thread: Thread, new_thread: bool = False) -> str:
        """Bring the status comment in line with its sections; posts none to say nothing.

        ``new_thread`` says that nothing of the bot's can be on the thread yet.
        """
        writer = self.access.writer
        named, known = await self.access.remember(_what_stands, thread)
        if known is None and not named:
            return "nothing to say"
        text = status_text(threads.in_order(named, self.section_order))
        if known is not None and known.body == text:
            return "unchanged"
        comment = known.comment if known else None
        if comment is None and not new_thread:
            comment = await self.access.find_own_comment(thread, STATUS_MARKER)
        if comment is not None:
            try:
                await writer.edit_comment(thread.repository, comment, text)
            except GoneError:
                await self.access.remember(threads.forget_status_comment, thread)
                comment = None
        if comment is None:
            comment = await writer.post_comment(thread.repository, thread.number, text)
        self.access.put_off(threads.remember_status_comment, thread, comment, text)
        return f"comment {comment}"


def _what_stands(session: Session, thread: Thread) -> tuple[dict[str, str], threads.StatusComment | None]:
    return threads.sections(session, thread), threads.status_comment(session, thread)


def status_text(bodies: Sequence[str]) -> str:
    """Write the status comment from its sections, in order."""
    return fit(render("comments/status.md.j2", marker=STATUS_MARKER, sections=bodies))
