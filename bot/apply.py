"""Carry a plan out: the only module that writes to GitHub."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from bot import audit, threads
from bot.audit import Outcome
from bot.errors import GoneError, RefusedError
from bot.events import Thread
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.plan import (
    Action,
    AddLabels,
    CommitFiles,
    DecideRelease,
    OpenPullRequest,
    Plan,
    React,
    RemoveLabels,
    Reply,
    ReportCheck,
    SetSection,
    StartRelease,
)
from bot.rendering import fit, render
from bot.store import in_transaction

logger = logging.getLogger(__name__)

STATUS_MARKER = "<!-- giveback:status -->"
"""Stands first in the status comment, so that it is found again when the database is lost."""

LABELS_PER_THREAD = 100
"""Labels GitHub keeps on one issue or pull request."""

_Result = TypeVar("_Result")


class Releases(Protocol):
    """What an applied plan asks of the engine."""

    async def start_release(self, action: StartRelease, installation: int) -> None:
        """Start a release; starting the same one again does nothing."""

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        """Hand a decision to a release that waits; the same key twice is one decision."""


class Applied(BaseModel):
    """How many actions of a plan were carried out, what GitHub refused, and whether the place is gone."""

    model_config = ConfigDict(frozen=True)

    done: int = 0
    refused: tuple[str, ...] = ()
    gone: str = ""


@dataclass(frozen=True)
class Applier:
    """Carries plans out in one installation.

    Running a plan twice changes nothing the second time: every action is written down before and after,
    and what was begun but not finished is looked for on GitHub before it is done again.
    """

    database: Engine
    installation: int
    bot_login: str
    """The App's own login, for example ``giveback[bot]``."""
    reader: GitHubReader
    writer: GitHubWriter
    releases: Releases
    section_order: Sequence[str]
    dry_run: bool = False

    async def apply(
        self, plan: Plan, name: str, *, new_thread: bool = False, dry_run: bool = False
    ) -> Applied:
        """Carry a plan out under the name of what asked for it; an action it did under that name stays done.

        ``new_thread`` says that the thread was opened a moment ago, so nothing of the bot's is on it yet.
        ``dry_run`` records the actions and does nothing, as the whole applier does when it is made so.

        Raises:
            TransientError: GitHub cannot do the next action now; calling again goes on from there.
        """
        done = 0
        refused: list[str] = []
        actions = {audit.key_of(action): action for action in plan.actions}
        begun_before = await self._remember(audit.begin, name, actions)
        pending = {key: action for key, action in actions.items() if begun_before.get(key) != Outcome.done}
        if self.dry_run or dry_run:
            for key in pending:
                await self._remember(audit.finish, name, key, Outcome.dry_run)
            return Applied()
        # All words are set before the first is shown, so that many sections are one edit of the comment.
        for action in pending.values():
            if isinstance(action, SetSection):
                await self._remember(threads.set_section, action.thread, action.section, action.body)
        for key, action in pending.items():
            begun = key in begun_before
            try:
                detail = await self._carry_out(action, f"{name}/{key}", begun, new_thread and not begun)
            except RefusedError as error:
                await self._remember(audit.finish, name, key, Outcome.refused, str(error))
                if isinstance(error, GoneError) and not isinstance(
                    action, React | CommitFiles | OpenPullRequest
                ):
                    return Applied(done=done, refused=tuple(refused), gone=str(error))
                logger.warning("%s: GitHub refused to %s: %s", name, action.kind.replace("_", " "), error)
                refused.append(f"{action.kind}: {error}")
                await self._tell_refusal(action, f"{name}/{key}", error)
                continue
            await self._remember(audit.finish, name, key, Outcome.done, detail)
            done += 1
        return Applied(done=done, refused=tuple(refused))

    async def _carry_out(self, action: Action, key: str, begun: bool, new_thread: bool) -> str:
        """Carry one action out and say in a few words what came of it."""
        match action:
            case React():
                await self.writer.react(
                    action.thread.repository, action.thread.number, action.comment, action.content
                )
                return action.content
            case AddLabels():
                return await self._add_labels(action, begun)
            case RemoveLabels():
                return await self._remove_labels(action)
            case SetSection():
                return await self._show_status(action.thread, new_thread)
            case Reply():
                return await self._reply(action, key, begun)
            case ReportCheck():
                known = await self.writer.find_check(action, key) if begun else None
                return f"check run {known or await self.writer.report_check(action, key)}"
            case CommitFiles():
                return await self._commit_files(action)
            case OpenPullRequest():
                return await self._open_pull_request(action)
            case StartRelease():
                await self.releases.start_release(action, self.installation)
                return action.release
            case DecideRelease():
                await self.releases.decide_release(action, key)
                return action.release

    async def _add_labels(self, action: AddLabels, begun: bool) -> str:
        """Add the labels that exist, are not there, and that the bot has not added here before.

        What the bot added once and is gone was taken away by a person, and stays away unless a person
        asks for it. GitHub does not tell upper from lower case in a label's name; the repository's
        spelling counts.
        """
        thread = action.thread
        own = {label.casefold() for label in await self._remember(threads.added_labels, thread)}
        wanted = [label for label in action.labels if action.asked or label.casefold() not in own]
        if wanted:
            known = {name.casefold(): name for name in await self.reader.label_names(thread.repository)}
            wanted = [known[label.casefold()] for label in wanted if label.casefold() in known]
        if not wanted:
            return "nothing to add"
        present = await self.writer.labels(thread.repository, thread.number)
        if begun:
            there = [label for label in wanted if label in present]
            done = [
                name for name in there if await self._last_change(thread, name) == ("labeled", self.bot_login)
            ]
            await self._remember(threads.note_added, thread, done)
        room = max(0, LABELS_PER_THREAD - len(present))
        wanted = [label for label in wanted if label not in present][:room]
        if wanted:
            await self.writer.add_labels(thread.repository, thread.number, wanted)
            await self._remember(threads.note_added, thread, wanted)
        return f"added {', '.join(wanted) or 'nothing'}"

    async def _remove_labels(self, action: RemoveLabels) -> str:
        """Remove the labels that the bot put there; one that a person took away or put back is theirs."""
        thread = action.thread
        own = await self._remember(threads.added_labels, thread)
        meant = {label.casefold() for label in action.labels}
        removed = []
        for label in sorted(name for name in own if name.casefold() in meant):
            change, actor = await self._last_change(thread, label)
            if actor != self.bot_login:
                continue
            if change == "labeled":
                with suppress(GoneError):  # somebody took it away just now
                    await self.writer.remove_label(thread.repository, thread.number, label)
            await self._remember(threads.note_removed, thread, label)
            removed.append(label)
        return f"removed {', '.join(removed) or 'nothing'}"

    async def _last_change(self, thread: Thread, label: str) -> tuple[str, str]:
        """Say whether a label was last added or removed, and by whom."""
        changes = await self.reader.label_setters(thread.repository, thread.number, label)
        return changes[-1] if changes else ("", "")

    async def _show_status(self, thread: Thread, new_thread: bool = False) -> str:
        """Bring the status comment in line with its sections; posts none to say nothing."""
        named = await self._remember(threads.sections, thread)
        known = await self._remember(threads.status_comment, thread)
        if known is None and not named:
            return "nothing to say"
        text = status_text(threads.in_order(named, self.section_order))
        if known is not None and known.body == text:
            return "unchanged"
        comment = known.comment if known else None
        if comment is None and not new_thread:
            comment = await self._find_own_comment(thread, STATUS_MARKER)
        if comment is not None:
            try:
                await self.writer.edit_comment(thread.repository, comment, text)
            except GoneError:
                await self._remember(threads.forget_status_comment, thread)
                comment = None
        if comment is None:
            comment = await self.writer.post_comment(thread.repository, thread.number, text)
        await self._remember(threads.remember_status_comment, thread, comment, text)
        return f"comment {comment}"

    async def _reply(self, action: Reply, key: str, begun: bool) -> str:
        marker = f"<!-- giveback:reply {key} -->"
        comment = await self._find_own_comment(action.thread, marker) if begun else None
        if comment is None:
            body = fit(f"{marker}\n{action.body}")
            comment = await self.writer.post_comment(action.thread.repository, action.thread.number, body)
        return f"comment {comment}"

    async def _commit_files(self, action: CommitFiles) -> str:
        commit = await self.writer.commit_files(
            action.repository, action.branch, action.expected_head, action.files, action.message
        )
        await self._tell(action.thread, action.section, action.told)
        return commit

    async def _open_pull_request(self, action: OpenPullRequest) -> str:
        number = await self.writer.open_pull_request(
            action.thread.repository,
            base=action.base,
            start=action.start,
            branch=action.branch,
            files=action.files,
            title=action.title,
            body=action.body,
        )
        await self._tell(action.thread, action.section, action.told.replace("{number}", str(number)))
        return f"pull request {number}"

    async def _tell_refusal(self, action: Action, key: str, error: RefusedError) -> None:
        """Tell the thread when work that somebody asked for was refused."""
        if isinstance(action, StartRelease):
            answer = Reply(thread=action.thread, key="", body=str(error), reason="the release cannot start")
            await self._reply(answer, key, begun=False)
        if isinstance(action, CommitFiles | OpenPullRequest):
            body = render("comments/refused.md.j2", branch=action.branch, answer=str(error))
            await self._tell(action.thread, action.feature.split(", ")[0], body)

    async def _tell(self, thread: Thread, section: str, words: str) -> None:
        """Say in the status comment how work that somebody asked for went."""
        await self._remember(threads.set_section, thread, section, words)
        await self._show_status(thread)

    async def _find_own_comment(self, thread: Thread, marker: str) -> int | None:
        for comment in await self.reader.comments(thread.repository, thread.number):
            if comment.author == self.bot_login and comment.body.startswith(marker):
                return comment.id
        return None

    async def _remember(self, change: Callable[..., _Result], *arguments: object) -> _Result:
        """Run one piece of database work in its own transaction, off the event loop."""
        return await in_transaction(self.database, change, *arguments)


def status_text(bodies: Sequence[str]) -> str:
    """Write the status comment from its sections, in order."""
    return fit(render("comments/status.md.j2", marker=STATUS_MARKER, sections=bodies))
