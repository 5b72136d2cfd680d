"""The actions the bot can take: what each one is for, and which two of them are the same one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.events import Thread

Identity = tuple[object, ...]

_Each = TypeVar("_Each")


class BaseAction(BaseModel):
    """What every action has: where it is carried out, the reason, and the feature that wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    feature: str = ""
    dry_run: bool = False
    """Whether it is only recorded, because its feature is being tried out."""

    def identity(self) -> Identity:
        """Return what makes two actions the same one, so that they are joined."""
        raise NotImplementedError  # every action has its own; this one says what is asked of it

    def joined(self, later: Self) -> Self:
        """Return the action that does what this one and a later one of the same identity ask for.

        The later one's words count; the reasons and the features of both are kept.
        """
        return later._after(self)

    def _after(self, earlier: BaseAction, **changes: object) -> Self:
        features = dict.fromkeys((*earlier.feature.split(", "), self.feature))
        both = {
            "reason": "; ".join(dict.fromkeys((earlier.reason, self.reason))),
            "feature": ", ".join(features),
        }
        return self.model_copy(update={**both, **changes})


class ThreadAction(BaseAction):
    """An action on an issue or pull request."""

    thread: Thread

    @property
    def repository(self) -> str:
        """Return the repository the action is for."""
        return self.thread.repository

    @property
    def number(self) -> int:
        """Return the number of the thread."""
        return self.thread.number

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return str(self.thread)

    def identity(self) -> Identity:
        """Return the kind of the action and its thread."""
        return (type(self).__name__, self.thread)


class React(ThreadAction):
    """Put a reaction on a comment, or on the thread itself when ``comment`` is ``None``."""

    kind: Literal["react"] = "react"
    comment: int | None = None
    content: Literal["eyes", "rocket", "confused"]

    def identity(self) -> Identity:
        """Return the reaction and what it is put on."""
        return (*super().identity(), self.comment, self.content)


class LabelAction(ThreadAction):
    """An action on the labels of a thread; what persons ask for stays apart from what the bot thinks."""

    labels: tuple[str, ...]
    asked: bool = False

    def identity(self) -> Identity:
        """Return the thread, and whether a person asked."""
        return (*super().identity(), self.asked)

    def joined(self, later: Self) -> Self:
        """Mean the labels of both."""
        return later._after(self, labels=_union(self.labels, later.labels))


class AddLabels(LabelAction):
    """Add labels that the repository has; labels it does not have are left out.

    A label that the bot added before and a person took away stays away, unless a person ``asked`` for it.
    """

    kind: Literal["add_labels"] = "add_labels"


class RemoveLabels(LabelAction):
    """Remove labels: of these only the bot's own, unless a person ``asked`` for it."""

    kind: Literal["remove_labels"] = "remove_labels"


class SetSection(ThreadAction):
    """Set one feature's section of the thread's status comment; an empty body takes it away."""

    kind: Literal["set_section"] = "set_section"
    section: str
    body: str

    def identity(self) -> Identity:
        """Return the section."""
        return (*super().identity(), self.section)


class Reply(ThreadAction):
    """Answer a person in a new comment; ``key`` tells this answer from others of the same delivery."""

    kind: Literal["reply"] = "reply"
    key: str
    body: str

    def joined(self, later: Self) -> Self:
        """Say both in one comment, and the same thing once."""
        known = later.body.strip() in self.body
        body = self.body if known else f"{self.body.rstrip()}\n\n{later.body}"
        return later._after(self, body=body, key=self.key)


class Assign(ThreadAction):
    """Assign people to a thread, or take them off it.

    GitHub passes over, without a word, those who may not be assigned. When all of ``add`` are assigned
    ``told`` becomes the section named ``section`` of the status comment, otherwise ``told_otherwise``
    does, with ``{refused}`` in it replaced by who is not. With no ``section`` nothing is said.
    """

    kind: Literal["assign"] = "assign"
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    section: str = ""
    told: str = ""
    told_otherwise: str = ""

    def identity(self) -> Identity:
        """Return the thread and the section the outcome is told in."""
        return (*super().identity(), self.section)

    def joined(self, later: Self) -> Self:
        """Assign and take off the people of both; the later one decides about those in both lists."""
        add = _union((one for one in self.add if one not in later.remove), later.add)
        remove = _union((one for one in self.remove if one not in later.add), later.remove)
        return later._after(self, add=add, remove=remove)


class RequestReviews(ThreadAction):
    """Ask people and teams of the organisation to review a pull request; each of them once.

    Where a person ``asked`` for it, they are told when GitHub refuses.
    """

    kind: Literal["request_reviews"] = "request_reviews"
    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """People whose review is no longer asked for, once the others are."""
    asked: bool = False

    def joined(self, later: Self) -> Self:
        """Ask those of both; the later one decides about those it names."""
        return later._after(
            self,
            people=_union((one for one in self.people if one not in later.withdrawn), later.people),
            teams=_union(self.teams, later.teams),
            withdrawn=_union((one for one in self.withdrawn if one not in later.people), later.withdrawn),
            asked=self.asked or later.asked,
        )


class SetMilestone(ThreadAction):
    """Put a thread on the milestone of this title, or on none."""

    kind: Literal["set_milestone"] = "set_milestone"
    title: str | None


class SetState(ThreadAction):
    """Close or reopen a thread."""

    kind: Literal["set_state"] = "set_state"
    state: Literal["open", "closed"]
    why: Literal["completed", "not_planned", "duplicate"] | None = None
    """GitHub's ``state_reason``, for an issue that is closed."""


class SetLock(ThreadAction):
    """Lock or unlock the conversation of a thread."""

    kind: Literal["set_lock"] = "set_lock"
    locked: bool
    why: Literal["off-topic", "too heated", "resolved", "spam"] | None = None


class SetDraft(ThreadAction):
    """Turn a pull request into a draft, or mark it as ready for review."""

    kind: Literal["set_draft"] = "set_draft"
    node: str
    """GitHub's global node id of the pull request."""
    draft: bool


class HideText(ThreadAction):
    """Put a notice in place of an issue's title and text, and keep and say nothing of them any more.

    From then on only ``section`` of the status comment can have words on the thread. GitHub keeps what was
    there in the edit history and the timeline, for whoever may read the issue.
    """

    kind: Literal["hide_text"] = "hide_text"
    title: str
    body: str
    section: str


class ShowAgain(ThreadAction):
    """Let all features speak again on a thread whose text was hidden and is back."""

    kind: Literal["show_again"] = "show_again"


class MinimizeComment(ThreadAction):
    """Fold a comment away; who wants to can still read it."""

    kind: Literal["minimize_comment"] = "minimize_comment"
    node: str
    """GitHub's global node id of the comment."""
    why: Literal["ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"]

    def identity(self) -> Identity:
        """Return the comment."""
        return (type(self).__name__, self.node)


class OpenDiscussion(ThreadAction):
    """Open a discussion in the thread's repository, and perhaps close the thread for it.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment, with
    ``{address}`` in it replaced by the discussion's.
    """

    kind: Literal["open_discussion"] = "open_discussion"
    category: str
    """The slug of the category."""
    title: str
    body: str
    section: str
    told: str
    closes: bool = False


class TransferIssue(ThreadAction):
    """Move an issue to another repository of the same owner; after that nothing can be said here."""

    kind: Literal["transfer_issue"] = "transfer_issue"
    target: str
    """``owner/repo``."""


class RerunChecks(ThreadAction):
    """Run what failed on a commit of a pull request again.

    What GitHub refuses to run again is told to whoever asked.
    """

    kind: Literal["rerun_checks"] = "rerun_checks"
    runs: tuple[int, ...] = ()
    """GitHub Actions runs, of which the failed jobs are run again."""
    suites: tuple[int, ...] = ()
    """Check suites that other Apps are asked for again."""

    def joined(self, later: Self) -> Self:
        """Run what both want, once."""
        return later._after(
            self, runs=_union(self.runs, later.runs), suites=_union(self.suites, later.suites)
        )


class Annotation(BaseModel):
    """A remark at a line of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    line: int
    column: int | None = None
    level: Literal["notice", "warning", "failure"]
    message: str


class CommitAction(BaseAction):
    """An action on a commit."""

    repository: str
    commit: str

    @property
    def number(self) -> int:
        """Return 0: a commit belongs to no thread."""
        return 0

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return f"{self.repository}@{self.commit[:12]}"


class ReportCheck(CommitAction):
    """Report a check run of a feature's own on a commit."""

    kind: Literal["report_check"] = "report_check"
    name: str
    conclusion: Literal["success", "failure", "neutral", "skipped"]
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()

    def identity(self) -> Identity:
        """Return the commit and the name of the check run."""
        return (type(self).__name__, self.repository, self.commit, self.name)


class ReportPart(CommitAction):
    """Report one part of the check run that all features share.

    Parts are kept, so that a later report of one part leaves the others as they are. The check run fails
    when a part that is ``required`` failed.
    """

    kind: Literal["report_part"] = "report_part"
    part: str
    """What was checked, in a few words; also what tells the part from others."""
    passed: bool
    required: bool = False
    summary: str
    annotations: tuple[Annotation, ...] = ()

    def identity(self) -> Identity:
        """Return the commit and the part."""
        return (type(self).__name__, self.repository, self.commit, self.part)


class FileChange(BaseModel):
    """One text file of a commit the bot makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content: str


class CommitFiles(ThreadAction):
    """Commit text files to a branch of the repository, on top of ``expected_head`` and nothing else.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment.
    """

    kind: Literal["commit_files"] = "commit_files"
    branch: str
    expected_head: str
    files: tuple[FileChange, ...]
    message: str
    section: str
    told: str

    def identity(self) -> Identity:
        """Return the branch and the commit it is on."""
        return (type(self).__name__, self.repository, self.branch, self.expected_head)

    def joined(self, later: Self) -> Self:
        """Commit the files of both at once."""
        return later._after(
            self, files=_all_files(self.files, later.files), told=_both(self.told, later.told)
        )


class OpenPullRequest(ThreadAction):
    """Commit text files to a branch of the bot's own and open a pull request from it.

    Once that is done, ``told`` becomes the section named ``section`` of the status comment, with
    ``{number}`` in it replaced by the pull request's number.
    """

    kind: Literal["open_pull_request"] = "open_pull_request"
    base: str
    start: str
    branch: str
    files: tuple[FileChange, ...]
    title: str
    body: str
    section: str
    told: str

    def identity(self) -> Identity:
        """Return the branch and the commit it starts from."""
        return (type(self).__name__, self.repository, self.branch, self.start)

    def joined(self, later: Self) -> Self:
        """Open one pull request with the files of both."""
        files = _all_files(self.files, later.files)
        return later._after(
            self, files=files, body=_both(self.body, later.body), told=_both(self.told, later.told)
        )


class StartRelease(ThreadAction):
    """Start the durable release of a model, reporting on the thread."""

    kind: Literal["start_release"] = "start_release"
    release: str
    """Identifier of the attempt; starting the same one twice starts it once."""
    model: str
    """The model's Hub id: releases of one model wait for each other."""
    commit: str
    """The commit of the default branch that is released."""
    requester: str
    requester_account: int
    """GitHub's number of the requester's account, which outlives a rename."""
    private: bool = False
    """Whether the repository was private when it was asked for."""

    def identity(self) -> Identity:
        """Return the thread and the model."""
        return (*super().identity(), self.model.casefold())

    def joined(self, later: Self) -> Self:
        """Start the one that was asked for first."""
        reasons = later._after(self)
        return self.model_copy(update={"reason": reasons.reason, "feature": reasons.feature})


class DecideRelease(ThreadAction):
    """Pass a person's decision on to a release that waits for it."""

    kind: Literal["decide_release"] = "decide_release"
    release: str
    verdict: Literal["approve", "cancel"]
    login: str
    account: int
    """GitHub's number of the person's account."""
    permission: str
    """What the person may do in the repository, asked at that moment."""
    digest: str
    """The content the decision is about."""

    def identity(self) -> Identity:
        """Return the release, the person and what they decided."""
        return (type(self).__name__, self.release, self.login, self.verdict)


class Remember(ThreadAction):
    """Keep a feature's own words on a thread or, with number 0, on a repository; ``None`` forgets them.

    A feature reads them with ``recall``, and sees nobody else's.
    """

    kind: Literal["remember"] = "remember"
    key: str
    value: dict[str, Any] | None

    def identity(self) -> Identity:
        """Return what is kept, and whose it is."""
        return (*super().identity(), self.feature, self.key)


class SetTimer(ThreadAction):
    """Come back to a thread or, with number 0, to a repository at a moment; ``None`` calls it off.

    The feature then gets an event called ``giveback.timer`` whose action is ``name``. A timer that is set
    again under its name rings at the new moment only.
    """

    kind: Literal["set_timer"] = "set_timer"
    name: str
    due: float | None
    """Seconds since the epoch, UTC."""

    def identity(self) -> Identity:
        """Return the timer's name, and whose it is."""
        return (*super().identity(), self.feature, self.name)


class LearnHistory(ThreadAction):
    """Read the history of a repository in the background, as far as it is not read, and learn from it."""

    kind: Literal["learn_history"] = "learn_history"
    key: str
    """Two of one key are one: a day, for what happens nightly."""


AnyAction = (
    HideText
    | MinimizeComment
    | ShowAgain
    | RemoveLabels
    | AddLabels
    | Assign
    | RequestReviews
    | SetMilestone
    | SetDraft
    | SetState
    | SetLock
    | RerunChecks
    | CommitFiles
    | OpenPullRequest
    | OpenDiscussion
    | ReportCheck
    | ReportPart
    | StartRelease
    | DecideRelease
    | Remember
    | SetTimer
    | LearnHistory
    | SetSection
    | Reply
    | React
    | TransferIssue
)
"""Every action, in the order they are carried out: what must be out of sight first, then what changes things,
then what talks about it; last what takes the thread away."""

Action = Annotated[AnyAction, Field(discriminator="kind")]

RANKS: Mapping[type[BaseAction], int] = {kind: rank for rank, kind in enumerate(get_args(AnyAction))}


def _union(first: Iterable[_Each], second: Iterable[_Each]) -> tuple[_Each, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _all_files(first: tuple[FileChange, ...], second: tuple[FileChange, ...]) -> tuple[FileChange, ...]:
    """Put the files of two changes together; of one path the later content counts."""
    return tuple({file.path: file for file in (*first, *second)}.values())


def _both(first: str, second: str) -> str:
    return first if second.strip() in first else f"{first.rstrip()}\n\n{second}"
