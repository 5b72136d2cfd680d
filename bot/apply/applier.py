"""Go through a plan action by action, so that running it twice changes nothing the second time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from bot import audit, check_parts, memory, threads, timers
from bot.actions import (
    AddLabels,
    AnyAction,
    Assign,
    CommitFiles,
    DecideRelease,
    HideText,
    LearnHistory,
    MinimizeComment,
    OpenDiscussion,
    OpenPullRequest,
    React,
    Remember,
    RemoveLabels,
    Reply,
    ReportCheck,
    ReportPart,
    RequestReviews,
    RerunChecks,
    SetDraft,
    SetLock,
    SetMilestone,
    SetSection,
    SetState,
    SetTimer,
    ShowAgain,
    StartRelease,
    TransferIssue,
)
from bot.apply.access import Access
from bot.apply.checks import Checks
from bot.apply.labels import Labels
from bot.apply.people import People
from bot.apply.places import Places
from bot.apply.refusals import answer_about
from bot.apply.status import StatusComments
from bot.audit import Outcome
from bot.errors import GoneError, RefusedError
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.plan import Plan
from bot.rendering import fit, render

logger = logging.getLogger(__name__)

ThreadChange = (
    AddLabels | RemoveLabels | Assign | RequestReviews | SetMilestone | SetDraft | SetState | SetLock
)

Elsewhere = React | CommitFiles | OpenPullRequest | OpenDiscussion | TransferIssue | MinimizeComment
"""What may find its own place gone while the thread is still there."""

Move = HideText | ShowAgain | MinimizeComment | OpenDiscussion | TransferIssue

OwnWork = Remember | SetTimer | LearnHistory | StartRelease | DecideRelease


class LongWork(Protocol):
    """What an applied plan asks of the engine."""

    async def learn_history(self, action: LearnHistory, installation: int) -> None:
        """Begin to read and learn a repository's history; the same again does nothing."""

    async def start_release(self, action: StartRelease, installation: int) -> None:
        """Start a release; starting the same one again does nothing."""

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        """Hand a decision to a release that waits; the same key twice is one decision."""


class Applied(BaseModel):
    """How many actions of a plan were carried out, what GitHub refused, and whether the place is gone.

    ``well`` says that nothing a person asked for was refused.
    """

    model_config = ConfigDict(frozen=True)

    done: int = 0
    refused: tuple[str, ...] = ()
    gone: str = ""
    well: bool = True


@dataclass(frozen=True)
class Applier:
    """Carries plans out in one installation.

    Every action is written down before and after, and what was begun but not finished is looked for on
    GitHub before it is done again.
    """

    database: Engine
    installation: int
    bot_login: str
    """The App's own login, for example ``giveback[bot]``."""
    reader: GitHubReader
    writer: GitHubWriter
    long_work: LongWork
    section_order: Sequence[str]
    dry_run: bool = False
    _access: Access = field(init=False)
    _status: StatusComments = field(init=False)

    def __post_init__(self) -> None:
        """Share one access among those who carry actions out."""
        access = Access(self.database, self.installation, self.bot_login, self.reader, self.writer)
        object.__setattr__(self, "_access", access)
        object.__setattr__(self, "_status", StatusComments(access, self.section_order))

    async def apply(
        self,
        plan: Plan,
        name: str,
        *,
        opened_with: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> Applied:
        """Carry a plan out under the name of what asked for it; an action it did under that name stays done.

        ``opened_with`` are the labels of a thread that was opened a moment ago: there is nothing else on it
        yet. It is ``None`` for any other.
        ``dry_run`` records the actions and does nothing, as the whole applier does when it is made so and
        as single actions do that say so themselves.

        Raises:
            TransientError: GitHub cannot do the next action now; calling again goes on from there.
        """
        done, well = 0, True
        refused: list[str] = []
        remember = self._access.remember
        actions = {audit.key_of(action): action for action in plan.actions}
        begun_before = await remember(audit.begin, name, actions)
        pending = {key: action for key, action in actions.items() if begun_before.get(key) != Outcome.done}
        for key, action in pending.items():
            if self.dry_run or dry_run or action.dry_run:
                await remember(audit.finish, name, key, Outcome.dry_run)
        if self.dry_run or dry_run:
            return Applied()
        pending = {key: action for key, action in pending.items() if not action.dry_run}
        # All words are set before the first is shown, so that many sections are one edit of the comment.
        for action in pending.values():
            if isinstance(action, SetSection):
                await remember(threads.set_section, action.thread, action.section, action.body)
            elif isinstance(action, ReportPart):
                await remember(check_parts.keep, action)
        for key, action in pending.items():
            begun = key in begun_before
            if isinstance(action, React) and not well and action.otherwise:
                action = action.model_copy(update={"content": action.otherwise})
            try:
                detail = await self._carry_out(action, f"{name}/{key}", begun, opened_with)
            except RefusedError as error:
                await remember(audit.finish, name, key, Outcome.refused, str(error))
                if isinstance(error, GoneError) and not isinstance(action, Elsewhere):
                    return Applied(done=done, refused=tuple(refused), gone=str(error))
                logger.warning("%s: GitHub refused to %s: %s", name, action.kind.replace("_", " "), error)
                refused.append(f"{action.kind}: {error}")
                well = well and not action.asked
                await self._tell_refusal(action, f"{name}/{key}", begun, error)
                continue
            await remember(audit.finish, name, key, Outcome.done, detail)
            done += 1
        return Applied(done=done, refused=tuple(refused), well=well)

    async def _carry_out(
        self, action: AnyAction, key: str, begun: bool, opened_with: Sequence[str] | None
    ) -> str:
        """Carry one action out and say in a few words what came of it."""
        match action:
            case SetSection():
                return await self._status.show(action.thread, opened_with is not None and not begun)
            case React():
                return await self._react(action)
            case Reply():
                return await self._reply(action, key, begun)
            case ReportCheck():
                return await Checks(self._access).report(action, key, begun)
            case ReportPart():
                return await Checks(self._access).report_parts(action, begun)
            case RerunChecks():
                return await Checks(self._access).rerun(action, begun)
            case CommitFiles():
                return await self._commit_files(action)
            case OpenPullRequest():
                return await self._open_pull_request(action)
            case Remember() | SetTimer() | LearnHistory() | StartRelease() | DecideRelease():
                return await self._set_going(action, key)
            case HideText() | ShowAgain() | MinimizeComment() | OpenDiscussion() | TransferIssue():
                return await self._move(action, begun)
            case _:
                return await self._change_thread(action, begun, opened_with)

    async def _change_thread(
        self, action: ThreadChange, begun: bool, opened_with: Sequence[str] | None
    ) -> str:
        """Change what GitHub keeps about a thread."""
        people = People(self._access, self._status)
        match action:
            case AddLabels():
                return await Labels(self._access).add(action, begun, opened_with)
            case RemoveLabels():
                return await Labels(self._access).remove(action)
            case Assign():
                return await people.assign(action)
            case RequestReviews():
                return await people.request_reviews(action)
            case SetMilestone():
                return await self._set_milestone(action)
            case SetDraft():
                await self.writer.set_draft(action.node, action.draft)
                return "draft" if action.draft else "ready for review"
            case SetState():
                await self.writer.set_state(action.repository, action.number, action.state, action.why)
                return action.state
            case SetLock():
                return await self._set_lock(action)
        assert_never(action)

    async def _move(self, action: Move, begun: bool) -> str:
        """Put things where they belong."""
        places = Places(self._access, self._status)
        match action:
            case HideText():
                return await places.hide(action)
            case ShowAgain():
                return await places.show_again(action)
            case MinimizeComment():
                return await places.minimize(action)
            case OpenDiscussion():
                return await places.open_discussion(action, begun)
            case TransferIssue():
                return await places.transfer(action, begun)
        assert_never(action)

    async def _set_going(self, action: OwnWork, key: str) -> str:
        """Do what concerns the bot alone: what it keeps, waits for and works on."""
        match action:
            case Remember():
                await self._access.remember(memory.keep, action)
                return "forgotten" if action.value is None else "kept"
            case SetTimer():
                await self._access.remember(timers.set_timer, action, self.installation)
                return "called off" if action.due is None else "set"
            case LearnHistory():
                await self.long_work.learn_history(action, self.installation)
                return action.key
            case StartRelease():
                await self.long_work.start_release(action, self.installation)
                return action.release
            case DecideRelease():
                await self.long_work.decide_release(action, key)
                return action.release
        assert_never(action)

    async def _set_milestone(self, action: SetMilestone) -> str:
        number = None
        if action.title is not None:
            known = await self.reader.milestones(action.repository)
            number = known.get(action.title)
            if number is None:
                raise RefusedError(f"there is no open milestone called {action.title}", 422)
        await self.writer.set_milestone(action.repository, action.number, number)
        return action.title or "none"

    async def _set_lock(self, action: SetLock) -> str:
        if action.locked:
            await self.writer.lock(action.repository, action.number, action.why)
            return "locked"
        await self.writer.unlock(action.repository, action.number)
        return "unlocked"

    async def _react(self, action: React) -> str:
        if action.content is None:
            return "nothing to say"
        await self.writer.react(action.repository, action.number, action.comment, action.content)
        return action.content

    async def _reply(self, action: Reply, key: str, begun: bool) -> str:
        marker = f"<!-- giveback:reply {key} -->"
        comment = await self._access.find_own_comment(action.thread, marker) if begun else None
        if comment is None:
            body = fit(f"{marker}\n{action.body}")
            comment = await self.writer.post_comment(action.thread.repository, action.thread.number, body)
        return f"comment {comment}"

    async def _commit_files(self, action: CommitFiles) -> str:
        commit = await self.writer.commit_files(
            action.repository, action.branch, action.expected_head, action.files, action.message
        )
        await self._status.tell(action.thread, action.section, action.told)
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
        told = action.told.replace("{number}", str(number))
        await self._status.tell(action.thread, action.section, told)
        return f"pull request {number}"

    async def _tell_refusal(self, action: AnyAction, key: str, begun: bool, error: RefusedError) -> None:
        """Tell the thread when work that somebody asked for was refused."""
        answer = answer_about(action, error)
        if answer is not None:
            await self._reply(answer, key, begun)
        if isinstance(action, CommitFiles | OpenPullRequest):
            body = render("comments/refused.md.j2", branch=action.branch, answer=str(error))
            await self._status.tell(action.thread, action.feature.split(", ")[0], body)
