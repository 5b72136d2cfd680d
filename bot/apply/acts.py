"""Carry single actions out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, assert_never

from bot import memory, timers
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
    SuggestChanges,
    TakeBack,
    TellGitHubRelease,
    TransferIssue,
)
from bot.apply.access import Access
from bot.apply.checks import Checks
from bot.apply.labels import Labels
from bot.apply.people import People
from bot.apply.places import Places
from bot.apply.refusals import answer_about
from bot.apply.release_threads import not_started, on_a_thread
from bot.apply.status import StatusComments
from bot.errors import GoneError, RefusedError
from bot.rendering import fit, render

ThreadChange = (
    AddLabels | RemoveLabels | Assign | RequestReviews | SetMilestone | SetDraft | SetState | SetLock
)

Move = HideText | ShowAgain | MinimizeComment | OpenDiscussion | TellGitHubRelease | TransferIssue

OwnWork = Remember | SetTimer | LearnHistory | StartRelease | TakeBack | DecideRelease


class LongWork(Protocol):
    """What an applied plan asks of the engine."""

    async def learn_history(self, action: LearnHistory, installation: int) -> None:
        """Begin to read and learn a repository's history; the same again does nothing."""

    async def start_release(self, action: StartRelease, installation: int) -> None:
        """Start a release; starting the same one again does nothing."""

    async def take_back(self, action: TakeBack, installation: int) -> None:
        """Start to take something back; starting the same one again does nothing."""

    async def decide_release(self, action: DecideRelease, key: str) -> None:
        """Hand a decision to a release that waits; the same key twice is one decision."""


@dataclass(frozen=True)
class Acts:
    """Carries out the actions of one plan, whatever kind they are."""

    access: Access
    status: StatusComments
    labels: Labels
    long_work: LongWork
    opened_with: Sequence[str] | None
    """The labels of a thread that was opened a moment ago; ``None`` for any other."""

    async def carry_out(self, action: AnyAction, key: str, begun: bool) -> str:
        """Carry one action out and say in a few words what came of it.

        ``key`` is its own, and ``begun`` says that an earlier attempt may have done it, wholly or in part.
        """
        match action:
            case SetSection():
                return await self.status.show(action.thread, self.opened_with is not None and not begun)
            case React():
                return await self._react(action)
            case Reply():
                return await self._reply(action, key, begun)
            case SuggestChanges():
                return await self._suggest(action, key, begun)
            case ReportCheck():
                return await Checks(self.access).report(action, key, begun)
            case ReportPart():
                return await Checks(self.access).report_parts(action, begun)
            case RerunChecks():
                return await Checks(self.access).rerun(action, begun)
            case CommitFiles():
                return await self._commit_files(action)
            case OpenPullRequest():
                return await self._open_pull_request(action)
            case Remember() | SetTimer() | LearnHistory() | StartRelease() | TakeBack() | DecideRelease():
                return await self._set_going(action, key)
            case (
                HideText()
                | ShowAgain()
                | MinimizeComment()
                | OpenDiscussion()
                | TellGitHubRelease()
                | TransferIssue()
            ):
                return await self._move(action, begun)
            case _:
                return await self._change_thread(action, begun)

    async def _change_thread(self, action: ThreadChange, begun: bool) -> str:
        """Change what GitHub keeps about a thread."""
        people = People(self.access, self.status)
        match action:
            case AddLabels():
                return await self.labels.add(action, begun, self.opened_with)
            case RemoveLabels():
                return await self.labels.remove(action)
            case Assign():
                return await people.assign(action)
            case RequestReviews():
                return await people.request_reviews(action)
            case SetMilestone():
                return await self._set_milestone(action)
            case SetDraft():
                await self.access.writer.set_draft(action.repository, action.node, action.draft)
                return "draft" if action.draft else "ready for review"
            case SetState():
                await self.access.writer.set_state(action.repository, action.number, action.state, action.why)
                return action.state
            case SetLock():
                return await self._set_lock(action)
        assert_never(action)

    async def _move(self, action: Move, begun: bool) -> str:
        """Put things where they belong."""
        places = Places(self.access, self.status)
        match action:
            case HideText():
                return await places.hide(action)
            case ShowAgain():
                return await places.show_again(action)
            case MinimizeComment():
                return await places.minimize(action)
            case OpenDiscussion():
                return await places.open_discussion(action, begun)
            case TellGitHubRelease():
                return await places.tell_github_release(action)
            case TransferIssue():
                return await places.transfer(action, begun)
        assert_never(action)

    async def _set_going(self, action: OwnWork, key: str) -> str:
        """Do what concerns the bot alone: what it keeps, waits for and works on."""
        match action:
            case Remember():
                self.access.put_off(memory.keep, action)
                return "forgotten" if action.value is None else "kept"
            case SetTimer():
                self.access.put_off(timers.set_timer, action, self.access.installation)
                return "called off" if action.due is None else "set"
            case LearnHistory():
                await self.long_work.learn_history(action, self.access.installation)
                return action.key
            case StartRelease():
                placed = await on_a_thread(action, self.access)
                await self.long_work.start_release(placed, self.access.installation)
                return action.release
            case TakeBack():
                await self.long_work.take_back(action, self.access.installation)
                return action.release
            case DecideRelease():
                await self.long_work.decide_release(action, key)
                return action.release
        assert_never(action)

    async def _set_milestone(self, action: SetMilestone) -> str:
        number = None
        if action.title is not None:
            known = await self.access.reader.milestones(action.repository)
            number = known.get(action.title)
            if number is None:
                raise RefusedError(f"there is no open milestone called {action.title}", 422)
        await self.access.writer.set_milestone(action.repository, action.number, number)
        return action.title or "none"

    async def _set_lock(self, action: SetLock) -> str:
        if action.locked:
            await self.access.writer.lock(action.repository, action.number, action.why)
            return "locked"
        await self.access.writer.unlock(action.repository, action.number)
        return "unlocked"

    async def _react(self, action: React) -> str:
        if action.content is None:
            return "nothing to say"
        place = (action.repository, action.number, action.comment)
        await self.access.writer.react(*place, action.content)
        if action.replaces is not None and action.replaces != action.content:
            with suppress(GoneError):  # somebody else's turn took it back just now
                await self.access.writer.take_back_reaction(*place, action.replaces, self.access.bot_login)
        return action.content

    async def _reply(self, action: Reply, key: str, begun: bool) -> str:
        marker = f"<!-- giveback:reply {key} -->"
        comment = await self.access.find_own_comment(action.thread, marker) if begun else None
        if comment is None:
            body = fit(f"{marker}\n{action.body}")
            comment = await self.access.writer.post_comment(
                action.thread.repository, action.thread.number, body
            )
        return f"comment {comment}"

    async def _suggest(self, action: SuggestChanges, key: str, begun: bool) -> str:
        marker = f"<!-- giveback:reply {key} -->"
        if begun:
            reviews = await self.access.reader.reviews(action.repository, action.number)
            made = [one.id for one in reviews if one.author == self.access.bot_login and marker in one.body]
            if made:
                return f"review {made[0]}"
        body = fit(f"{marker}\n{action.body}")
        try:
            review = await self.access.writer.suggest(
                action.repository, action.number, action.commit, body, action.suggestions
            )
        except RefusedError as error:
            if error.status != 422:
                raise
            why = "GitHub refused the review"
            words = Reply(thread=action.thread, key=action.key, body=action.otherwise, reason=why)
            return await self._reply(words, key, begun)
        return f"review {review}"

    async def _commit_files(self, action: CommitFiles) -> str:
        commit = await self.access.writer.commit_files(
            action.repository, action.branch, action.expected_head, action.files, action.message
        )
        await self.status.tell(action.thread, action.section, action.told)
        return commit

    async def _open_pull_request(self, action: OpenPullRequest) -> str:
        number = await self.access.writer.open_pull_request(
            action.thread.repository,
            base=action.base,
            start=action.start,
            branch=action.branch,
            files=action.files,
            title=action.title,
            body=action.body,
        )
        told = action.told.replace("{number}", str(number))
        await self.status.tell(action.thread, action.section, told)
        return f"pull request {number}"

    async def tell_refusal(self, action: AnyAction, key: str, begun: bool, error: RefusedError) -> None:
        """Tell the thread when work that somebody asked for was refused."""
        answer = answer_about(action, error)
        if answer is not None:
            await self._reply(answer, key, begun)
        if isinstance(action, StartRelease) and not action.number:
            await Checks(self.access).report(not_started(action, error), key, begun)
        if isinstance(action, CommitFiles | OpenPullRequest):
            body = render("comments/refused.md.j2", branch=action.branch, answer=str(error))
            await self.status.tell(action.thread, action.feature.split(", ")[0], body)
