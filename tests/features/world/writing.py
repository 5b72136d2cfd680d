"""Write to the world in place of GitHub, with every write held to what must be impossible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.apply import STATUS_MARKER
from bot.errors import GoneError, RefusedError, TransientError
from bot.events import Nodes, Thread
from bot.rendering import BODY_LIMIT
from tests.features.world.records import (
    BOT,
    LABELS,
    STAFF,
    ThreadRecord,
    promise,
)

if TYPE_CHECKING:
    from tests.features.world.world import World


_MENTION = re.compile(r"(?<![\w`/])@([A-Za-z0-9][A-Za-z0-9-]{0,38})")
_CODE = re.compile(r"`[^`\n]*`")


class WorldWriter:
    """Changes the world, and holds every change to what must be impossible."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.until_trouble: int | None = None
        """Writes that still succeed; after them GitHub is away once."""

    def _write(self, number: int) -> ThreadRecord:
        if self.until_trouble is not None:
            self.until_trouble -= 1
            if self.until_trouble < 0:
                self.until_trouble = None
                raise TransientError("GitHub is away")
        self.world.writes += 1
        return self.world.thread(number)

    async def labels(self, repository: str, number: int) -> list[str]:
        return list(self.world.thread(number).labels)

    async def add_labels(self, repository: str, number: int, names: Sequence[str]) -> None:
        thread = self._write(number)
        for name in names:
            promise(name in LABELS, f"a label that does not exist is made: {name}")
            mine = ("labeled", BOT, name) in thread.label_log
            last = [one for one in thread.label_log if one[2] == name][-1:]
            taken = bool(last) and last[0][0] == "unlabeled" and last[0][1] != BOT
            promise(
                not (mine and taken) or self.world.asked("/label", "/hold"),
                f"{name} is put back against a person",
            )
            thread.labels[name] = None
            thread.label_log.append(("labeled", BOT, name))

    async def remove_label(self, repository: str, number: int, name: str) -> list[str]:
        thread = self._write(number)
        if name not in thread.labels:
            raise GoneError("Label does not exist", 404)
        last = next(one for one in reversed(thread.label_log) if one[2] == name)
        promise(last[1] == BOT or self.world.asked("/unlabel", "/unhold"), f"{name} is taken from a person")
        del thread.labels[name]
        thread.label_log.append(("unlabeled", BOT, name))
        return list(thread.labels)

    async def swap_labels_and_report(
        self,
        thread: Thread,
        nodes: Nodes,
        taken: Sequence[str],
        added: Sequence[str],
        report: object,
        external_id: str,
    ) -> list[str]:
        here = int(nodes.thread[1:])
        for name in taken:
            with suppress(GoneError):
                await self.remove_label(thread.repository, here, name)
        left = list(self.world.thread(here).labels)
        await self.add_labels(thread.repository, here, [name for name in added if name not in left])
        await self.report_check(report, external_id)
        return left

    async def post_comment(self, repository: str, number: int, body: str) -> int:
        thread = self._write(number)
        if body.startswith(STATUS_MARKER):
            there = [one for author, one in thread.comments.values() if author == BOT]
            promise(not any(one.startswith(STATUS_MARKER) for one in there), "a second status comment")
        else:
            promise(bool(self.world.commands), "an answer that nobody asked for")
        id = next(self.world.ids)
        self._told(thread, "", body)
        thread.comments[id] = (BOT, body)
        return id

    async def edit_comment(self, repository: str, comment: int, body: str) -> None:
        thread = next((one for one in self.world.threads.values() if comment in one.comments), None)
        if thread is None:
            raise GoneError("Not Found", 404)
        self._write(thread.number)
        author, before = thread.comments[comment]
        promise(author == BOT, "somebody else's comment is changed")
        promise(before != body, "an edit that changes nothing")
        self._told(thread, before, body)
        thread.comments[comment] = (BOT, body)

    def _told(self, thread: ThreadRecord, before: str, body: str) -> None:
        """Hold new words to their length, to the truth, and to one mention for one thing."""
        promise(len(body) <= BODY_LIMIT, "a comment longer than GitHub takes")
        claimed = re.search(r"### (\S+) works on this", body)
        if claimed and claimed[0] not in before and "did not accept" not in body:
            promise(claimed[1] in thread.assignees, f"{claimed[1]} is said to be assigned and is not")
        for line in _CODE.sub("", body).splitlines():
            for login in _MENTION.findall(line):
                known = thread.pinged[login, line]
                standing = any(line in one for author, one in thread.comments.values() if author == BOT)
                promise(
                    not known or standing or bool(self.world.commands), f"{login} is pinged again: {line}"
                )
                thread.pinged[login, line] += 1

    async def react(self, repository: str, number: int, comment: int | None, content: str) -> None:
        thread = self._write(number)
        promise(comment is None or comment in thread.comments, "a reaction to nothing")

    async def assign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        thread = self._write(number)
        promise(bool(self.world.commands), "somebody is assigned whom nobody asked for")
        thread.assignees += [one for one in logins if one in STAFF and one not in thread.assignees]
        return list(thread.assignees)

    async def unassign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        thread = self._write(number)
        thread.assignees = [one for one in thread.assignees if one not in logins]
        return list(thread.assignees)

    async def request_reviewers(
        self, repository: str, number: int, logins: Sequence[str], teams: Sequence[str] = ()
    ) -> list[str]:
        pull = self._write(number)
        promise(pull.author not in logins, "the author is asked to review")
        by_itself = not self.world.commands
        for login in logins:
            promise(login not in pull.requested, f"{login} is asked for a review that they are asked for")
            promise(not (by_itself and pull.ever_requested[login]), f"{login} is asked for a review again")
            promise(
                not by_itself or (pull.state == "open" and not pull.draft) or self.world.is_fresh,
                "a review of what cannot be reviewed",
            )
            pull.requested.append(login)
            pull.ever_requested[login] += 1
        return list(pull.requested)

    async def withdraw_requests(self, repository: str, number: int, logins: Sequence[str]) -> None:
        pull = self._write(number)
        pull.requested = [one for one in pull.requested if one not in logins]

    async def set_state(self, repository: str, number: int, state: str, reason: str | None = None) -> None:
        thread = self._write(number)
        promise(self.world.asked("/close", "/reopen"), f"{state}: nobody asked for it")
        thread.state = state

    async def set_draft(self, repository: str, node: str, draft: bool) -> None:
        pull = self._write(int(node[1:]))
        promise(self.world.asked("/ready", "/draft"), "nobody asked to change what is a draft")
        pull.draft = draft

    async def set_milestone(self, repository: str, number: int, milestone: int | None) -> None:
        self._write(number)
        promise(self.world.asked("/milestone"), "nobody asked for a milestone")

    async def lock(self, repository: str, number: int, reason: str | None = None) -> None:
        self._write(number)
        promise(self.world.asked("/lock"), "nobody asked to lock it")

    async def unlock(self, repository: str, number: int) -> None:
        self._write(number)
        promise(self.world.asked("/unlock"), "nobody asked to unlock it")

    async def report_check(self, report: object, external_id: str) -> int:
        self._write_anywhere()
        return next(self.world.ids)

    async def find_check(self, report: object, external_id: str) -> int | None:
        return None

    def _write_anywhere(self) -> None:
        self.world.writes += 1

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def refuse(*_: object, **__: object) -> Any:
            promise(bool(self.world.commands), f"nobody asked to {name}")
            raise RefusedError(f"this world has no {name}", 422)

        return refuse
