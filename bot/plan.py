"""The actions the bot can take, and how the plans of many features become one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.events import Thread


class _Action(BaseModel):
    """What every action has: the reason, and the feature that wants it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    feature: str = ""


class _ThreadAction(_Action):
    """What an action on a thread has besides."""

    thread: Thread

    @property
    def repository(self) -> str:
        """Give the repository the action is for."""
        return self.thread.repository

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return str(self.thread)


class React(_ThreadAction):
    """Put a reaction on a comment, or on the thread itself when ``comment`` is ``None``."""

    kind: Literal["react"] = "react"
    comment: int | None = None
    content: Literal["eyes", "rocket", "confused"]


class AddLabels(_ThreadAction):
    """Add labels that the repository has; labels it does not have are left out.

    A label that the bot added before and a person took away stays away, unless a person ``asked`` for it.
    """

    kind: Literal["add_labels"] = "add_labels"
    labels: tuple[str, ...]
    asked: bool = False


class RemoveLabels(_ThreadAction):
    """Remove labels, of which only those the bot itself added are touched."""

    kind: Literal["remove_labels"] = "remove_labels"
    labels: tuple[str, ...]


class SetSection(_ThreadAction):
    """Set one feature's section of the thread's status comment; an empty body takes it away."""

    kind: Literal["set_section"] = "set_section"
    section: str
    body: str


class Reply(_ThreadAction):
    """Answer a person in a new comment; ``key`` tells this answer from others of the same delivery."""

    kind: Literal["reply"] = "reply"
    key: str
    body: str


class Annotation(BaseModel):
    """A remark at a line of a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    line: int
    column: int | None = None
    level: Literal["notice", "warning", "failure"]
    message: str


class ReportCheck(_Action):
    """Report a check run on a commit."""

    kind: Literal["report_check"] = "report_check"
    repository: str
    commit: str
    name: str
    conclusion: Literal["success", "failure", "neutral", "skipped"]
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()

    @property
    def place(self) -> str:
        """Say where the action is carried out."""
        return f"{self.repository}@{self.commit[:12]}"


class FileChange(BaseModel):
    """One text file of a commit the bot makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    content: str


class CommitFiles(_ThreadAction):
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


class OpenPullRequest(_ThreadAction):
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


class StartRelease(_ThreadAction):
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


class DecideRelease(_ThreadAction):
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


Action = Annotated[
    React
    | AddLabels
    | RemoveLabels
    | SetSection
    | Reply
    | ReportCheck
    | CommitFiles
    | OpenPullRequest
    | StartRelease
    | DecideRelease,
    Field(discriminator="kind"),
]

ORDER: tuple[type[_Action], ...] = (
    RemoveLabels,
    AddLabels,
    CommitFiles,
    OpenPullRequest,
    ReportCheck,
    StartRelease,
    DecideRelease,
    SetSection,
    Reply,
    React,
)
"""The order actions are carried out in: what changes things first, then what talks about it."""


class Plan(BaseModel):
    """What is to be done, in order, each action with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[Action, ...] = ()


PLAN = TypeAdapter(Plan)


def merge(plans: Iterable[Iterable[Action]]) -> Plan:
    """Join the plans of several features, given in feature order, into one.

    Labels for one thread become one action, and so do answers; of two texts for one section the later
    wins; what two features both ask for is done once. The result depends on the order of the plans alone.
    """
    merged: dict[tuple[object, ...], Action] = {}
    for plan in plans:
        for action in plan:
            identity = _identity(action)
            earlier = merged.get(identity)
            merged[identity] = action if earlier is None else _join(earlier, action)
    ranked = sorted(merged.values(), key=lambda action: ORDER.index(type(action)))
    return Plan(actions=tuple(_without_contradiction(ranked)))


def _identity(action: Action) -> tuple[object, ...]:
    """Give what makes two actions the same one, so that they are joined."""
    match action:
        case AddLabels():
            return (action.kind, action.thread, action.asked)
        case RemoveLabels():
            return (action.kind, action.thread)
        case SetSection():
            return (action.kind, action.thread, action.section)
        case Reply():
            return (action.kind, action.thread)
        case React():
            return (action.kind, action.thread, action.comment, action.content)
        case ReportCheck():
            return (action.kind, action.repository, action.commit, action.name)
        case CommitFiles() | OpenPullRequest():
            return (action.kind, action.repository, action.branch, action.files)
        case StartRelease():
            return (action.kind, action.thread, action.model.casefold())
        case DecideRelease():
            return (action.kind, action.release, action.login, action.verdict)


def _join(earlier: Action, later: Action) -> Action:
    joined: dict[str, object] = {
        "reason": "; ".join(dict.fromkeys((earlier.reason, later.reason))),
        "feature": ", ".join(dict.fromkeys((*earlier.feature.split(", "), later.feature))),
    }
    if isinstance(earlier, AddLabels | RemoveLabels) and isinstance(later, AddLabels | RemoveLabels):
        joined["labels"] = tuple(dict.fromkeys((*earlier.labels, *later.labels)))
    elif isinstance(earlier, Reply) and isinstance(later, Reply):
        known = later.body.strip() in earlier.body
        joined["body"] = earlier.body if known else f"{earlier.body.rstrip()}\n\n{later.body}"
        joined["key"] = earlier.key
    elif isinstance(earlier, StartRelease):
        return earlier.model_copy(update=joined)
    return later.model_copy(update=joined)


def _without_contradiction(actions: Iterable[Action]) -> Iterable[Action]:
    """Let adding win over removing the same label on the same thread."""
    ranked = list(actions)
    added = {
        (action.thread, label)
        for action in ranked
        if isinstance(action, AddLabels)
        for label in action.labels
    }
    for action in ranked:
        if isinstance(action, RemoveLabels):
            left = tuple(label for label in action.labels if (action.thread, label) not in added)
            if left:
                yield action.model_copy(update={"labels": left})
        else:
            yield action
