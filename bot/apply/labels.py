"""Add and remove labels without ever undoing what a person did."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bot import threads
from bot.actions import AddLabels, RemoveLabels
from bot.apply.access import Access
from bot.errors import GoneError
from bot.events import Thread

LABELS_PER_THREAD = 100
"""Labels GitHub keeps on one issue or pull request."""


@dataclass(frozen=True)
class Labels:
    """Changes the labels of threads, for one plan."""

    access: Access
    left: dict[Thread, list[str]] = field(default_factory=dict)
    """What GitHub said is left on a thread when a label was taken off it, a moment ago in the same plan."""

    async def add(self, action: AddLabels, begun: bool, opened_with: Sequence[str] | None) -> str:
        """Add the labels that exist, are not there, and that the bot has not added here before.

        What the bot added once and is gone was taken away by a person, and stays away unless a person
        asks for it. GitHub does not tell upper from lower case in a label's name; the repository's
        spelling counts. A label that a person asked for is theirs, as if they had put it there by hand.
        ``begun`` says that an earlier attempt may have added some. ``opened_with`` are the labels of a
        thread that was opened a moment ago, which need not be asked for.
        """
        thread, remember = action.thread, self.access.remember
        wanted = await self.wanted(action)
        if not wanted:
            return "nothing to add"
        present = None if begun else opened_with
        if present is None:
            present = self.left.pop(thread, None)
        if present is None:
            present = await self.access.writer.labels(thread.repository, thread.number)
        if action.asked:
            for label in wanted:
                await remember(threads.note_removed, thread, label)
        elif begun:
            await remember(threads.note_added, thread, await self._added_before(thread, wanted, present))
        room = max(0, LABELS_PER_THREAD - len(present))
        wanted = [label for label in wanted if label not in present][:room]
        if wanted:
            await self.access.writer.add_labels(thread.repository, thread.number, wanted)
            if not action.asked:
                self.access.put_off(threads.note_added, thread, wanted)
        return f"added {', '.join(wanted) or 'nothing'}"

    async def wanted(self, action: AddLabels) -> list[str]:
        """List the labels of an action that exist, as spelt there, and that the bot has not added before."""
        thread = action.thread
        own = {label.casefold() for label in await self.access.remember(threads.added_labels, thread)}
        wanted = [label for label in action.labels if action.asked or label.casefold() not in own]
        if not wanted:
            return []
        known = {name.casefold(): name for name in await self.access.reader.label_names(thread.repository)}
        return [known[label.casefold()] for label in wanted if label.casefold() in known]

    async def remove(self, action: RemoveLabels) -> str:
        """Remove labels: what a person took away, or put there, is theirs unless a person asked.

        What a person had removed stays away, like a label of the bot's that they took away by hand.
        """
        thread = action.thread
        if action.asked:
            meant = {label.casefold() for label in action.labels}
            there = await self.access.writer.labels(thread.repository, thread.number)
            removed = sorted(name for name in there if name.casefold() in meant)
            for label in removed:
                await self._take_away(thread, label)
            await self.access.remember(threads.note_added, thread, removed)
            return f"removed {', '.join(removed) or 'nothing'}"
        there, gone = await self.own_still(action)
        for label in there:
            await self._take_away(thread, label)
        for label in gone:
            await self.access.remember(threads.note_removed, thread, label)
        return f"removed {', '.join(sorted((*there, *gone))) or 'nothing'}"

    async def own_still(self, action: RemoveLabels) -> tuple[list[str], list[str]]:
        """List the labels of an action that the bot put there last, and those it took away last.

        The latter are what an attempt that was interrupted did. All others are a person's by now.
        """
        meant = {label.casefold() for label in action.labels}
        own = await self.access.remember(threads.added_labels, action.thread)
        there: list[str] = []
        gone: list[str] = []
        for label in sorted(name for name in own if name.casefold() in meant):
            change, actor = await self._last_change(action.thread, label)
            if actor == self.access.bot_login:
                (there if change == "labeled" else gone).append(label)
        return there, gone

    async def _take_away(self, thread: Thread, label: str) -> None:
        self.left.pop(thread, None)
        with suppress(GoneError):  # somebody took it away just now
            self.left[thread] = await self.access.writer.remove_label(thread.repository, thread.number, label)
        await self.access.remember(threads.note_removed, thread, label)

    async def _added_before(
        self, thread: Thread, wanted: Sequence[str], present: Sequence[str]
    ) -> Sequence[str]:
        """List the labels on a thread that an interrupted attempt of the bot's put there."""
        ours = ("labeled", self.access.bot_login)
        return [
            label for label in wanted if label in present and await self._last_change(thread, label) == ours
        ]

    async def _last_change(self, thread: Thread, label: str) -> tuple[str, str]:
        """Say whether a label was last added or removed, and by whom."""
        changes = await self.access.reader.label_setters(thread.repository, thread.number, label)
        return changes[-1] if changes else ("", "")
