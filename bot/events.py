"""What a webhook delivery says, in the few fields the house reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from gidgethub import sansio
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

ASSOCIATIONS_OF_NEWCOMERS = frozenset({"FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"})
"""`author_association` of a person's first contribution here (GraphQL enum `CommentAuthorAssociation`)."""

TIMER = "giveback.timer"
"""The event of a timer that a feature set; GitHub's own names have no dot."""

REPOSITORY_ADDED = "giveback.repository"
"""The event of a repository that the App was installed on; its action is always ``added``."""

DEFAULT_BRANCH = "HEAD"
"""Names the default branch to GitHub when its own name is not known."""

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class MalformedPayloadError(Exception):
    """A delivery was signed by GitHub but does not have the shape GitHub documents."""


class _Read(BaseModel):
    """Part of a payload: types must be exactly GitHub's, for a number in quotes is somebody else's doing."""

    model_config = ConfigDict(strict=True)


Id = Annotated[int, Field(gt=0, lt=2**63)]
"""What GitHub numbers things with, and a database's integer holds."""

Number = Annotated[int, Field(gt=0, lt=2**31)]
"""Number of an issue or pull request."""

Moment = Annotated[datetime, Field(strict=False)]
"""GitHub writes moments as text (ISO 8601, UTC)."""

REPOSITORY_NAME = r"\A[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}\z"

Sha = Annotated[str, Field(pattern=r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\z")]
"""Name of a commit; it becomes part of addresses."""


class Account(_Read):
    """A user, organisation or bot; ``id`` stays when the login is changed."""

    login: str
    id: int = 0
    type: str = "User"

    @property
    def is_bot(self) -> bool:
        """Tell whether this is an App or a machine account rather than a person."""
        return self.type == "Bot" or self.login.endswith("[bot]")


class Repository(_Read):
    """The repository an event happened in."""

    id: int = 0
    """It stays when the repository is renamed or goes to another owner; 0 when a payload has none."""
    full_name: str = Field(pattern=REPOSITORY_NAME)
    """It becomes part of addresses."""
    name: str
    owner: Account
    default_branch: str = "main"
    private: bool = False
    archived: bool = False
    html_url: str = ""


class Label(_Read):
    """A label as it stands on an issue or pull request."""

    name: str


class Milestone(_Read):
    """A milestone, by its title."""

    number: Number
    title: str


class Issue(_Read):
    """An issue, or the issue side of a pull request."""

    number: Number
    title: Text = ""
    body: Text = ""
    user: Account | None = None
    state: str = "open"
    state_reason: str | None = None
    labels: list[Label] = Field(default_factory=list)
    assignees: list[Account] = Field(default_factory=list)
    milestone: Milestone | None = None
    locked: bool = False
    comments: int = 0
    node_id: str = ""
    created_at: Moment | None = None
    updated_at: Moment | None = None
    closed_at: Moment | None = None
    pull_request: dict[str, Any] | None = None
    author_association: str = "NONE"
    html_url: str = ""


class Comment(_Read):
    """A comment on an issue or pull request."""

    id: Id
    body: Text = ""
    user: Account | None = None
    html_url: str = ""


class Branch(_Read):
    """One end of a pull request; ``repo`` is ``None`` when the fork it came from was deleted."""

    ref: str
    sha: Sha
    repo: Repository | None = None


class Team(_Read):
    """A team of the organisation."""

    slug: str


class PullRequest(Issue):
    """A pull request."""

    draft: bool | None = False
    merged: bool | None = False
    head: Branch
    base: Branch
    changed_files: int = 0
    additions: int = 0
    deletions: int = 0
    merge_commit_sha: Sha | None = None
    """What it was merged as, once it is merged."""
    mergeable: bool | None = None
    """Whether it can be merged without conflicts; ``None`` while GitHub works it out."""
    requested_reviewers: list[Account] = Field(default_factory=list)
    requested_teams: list[Team] = Field(default_factory=list)


class Installation(_Read):
    """The installation of the App that a delivery belongs to."""

    id: Id


class Previous(_Read):
    """The value a field had before an edit."""

    source: Text = Field(default="", alias="from")


class Changes(_Read):
    """What an ``edited`` event changed, or where a thread that was ``opened`` or ``transferred`` moved."""

    body: Previous | None = None
    title: Previous | None = None
    base: dict[str, Any] | None = None
    """The branch a pull request went to before, where that was changed."""
    old_issue: dict[str, Any] | None = None


class Review(_Read):
    """A review of a pull request; ``state`` is approved, changes_requested, commented or dismissed."""

    id: Id
    state: str
    user: Account | None = None
    body: Text = ""


class PullNumber(_Read):
    """A pull request as the events of checks list it; those that come from forks are not listed."""

    number: Number


class Suite(_Read):
    """The checks of one App on a commit."""

    head_sha: Sha
    conclusion: str | None = None
    pull_requests: list[PullNumber] = Field(default_factory=list)


class CheckRun(_Read):
    """One check of one App on a commit."""

    name: str
    head_sha: Sha
    pull_requests: list[PullNumber] = Field(default_factory=list)


class RepositoryName(_Read):
    """A repository as the events of installations list it."""

    id: Id
    full_name: str = Field(pattern=REPOSITORY_NAME)


class Release(_Read):
    """A release of the repository, as GitHub shows releases."""

    tag_name: Text = ""


class Commit(_Read):
    """A pushed commit and the paths it touched."""

    added: list[str] = Field(default_factory=list)
    modified: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)


class Payload(_Read):
    """The parts of any webhook payload that the house reads; everything else is passed over."""

    action: str | None = None
    installation: Installation | None = None
    repository: Repository | None = None
    sender: Account | None = None
    issue: Issue | None = None
    pull_request: PullRequest | None = None
    comment: Comment | None = None
    changes: Changes | None = None
    label: Label | None = None
    """The label that was added or taken away."""
    assignee: Account | None = None
    """Who was assigned or taken off."""
    requested_reviewer: Account | None = None
    review: Review | None = None
    check_suite: Suite | None = None
    check_run: CheckRun | None = None
    release: Release | None = None
    repositories: list[RepositoryName] | None = None
    repositories_added: list[RepositoryName] | None = None
    ref: str | None = None
    after: Sha | None = None
    forced: bool = False
    commits: list[Commit] | None = None


@dataclass(frozen=True)
class Thread:
    """An issue or pull request: the place a conversation happens. Number 0 stands for the repository."""

    repository: str
    """``owner/repo``, as it was called when the event happened; what requests are addressed to."""
    number: int
    repository_id: int = 0
    """GitHub's number of the repository, which stays when it is renamed; 0 where nobody said it."""

    @property
    def home(self) -> str:
        """Return what the bot's memory knows the repository by, whatever it is called."""
        return str(self.repository_id) if self.repository_id else self.repository

    @property
    def line(self) -> str:
        """Return the line its work stands in: one thing at a time happens on a thread."""
        return f"{self.home}#{self.number}" if self.number else self.home

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}" if self.number else self.repository


@dataclass(frozen=True)
class Event:
    """One delivery, read."""

    guid: str
    name: str
    payload: Payload
    raw: dict[str, Any]

    @property
    def action(self) -> str | None:
        """Say what happened: ``opened``, ``edited`` ..."""
        return self.payload.action

    @property
    def installation(self) -> int | None:
        """Give the number of the App's installation, if the delivery belongs to one."""
        return self.payload.installation.id if self.payload.installation else None

    @property
    def repository(self) -> Repository:
        """Give the repository.

        Raises:
            MalformedPayloadError: the event has none, though a feature asked for it.
        """
        if self.payload.repository is None:
            raise MalformedPayloadError(f"a {self.name} delivery without a repository")
        return self.payload.repository

    @property
    def has_thread(self) -> bool:
        """Tell whether the event happened on an issue or pull request."""
        return self.payload.repository is not None and self._about is not None

    @property
    def thread(self) -> Thread:
        """Give the issue or pull request the event happened on.

        Raises:
            MalformedPayloadError: it has none, though a feature asked for it.
        """
        if self._about is None:
            raise MalformedPayloadError(f"a {self.name} delivery without an issue or pull request")
        return Thread(self.repository.full_name, self._about.number, self.repository.id)

    @property
    def place(self) -> Thread:
        """Return the repository, as the place of what is about no single thread."""
        return Thread(self.repository.full_name, 0, self.repository.id)

    @property
    def new_repositories(self) -> list[Thread]:
        """List the repositories an installation's event brings (docs: webhook events, ``installation``)."""
        match self.name, self.action:
            case "installation", "created" | "unsuspend":
                listed = self.payload.repositories
            case "installation_repositories", "added":
                listed = self.payload.repositories_added
            case _:
                listed = None
        return [Thread(repository.full_name, 0, repository.id) for repository in listed or ()]

    @property
    def opened_with(self) -> list[str] | None:
        """List the labels of a thread that was opened just now; ``None`` for any that stood before.

        One that was transferred is opened too, with all that was said on it before.
        """
        if self.action != "opened" or self.is_transferred or self._about is None:
            return None
        return [label.name for label in self._about.labels]

    @property
    def is_transferred(self) -> bool:
        """Tell whether a thread that was opened came from another repository, comments and all."""
        changes = self.payload.changes
        return changes is not None and changes.old_issue is not None

    @property
    def _about(self) -> Issue | None:
        return self.payload.pull_request or self.payload.issue

    def may_change(self, path: str) -> bool:
        """Tell whether this is a push to the default branch that may have changed a file.

        A path that ends with a slash stands for everything in that folder.
        """
        pushed, repository = self.payload, self.payload.repository
        if (
            self.name != "push"
            or repository is None
            or pushed.ref != f"refs/heads/{repository.default_branch}"
        ):
            return False
        # A forced push also takes commits away, and those are not listed.
        if not pushed.commits or pushed.forced:
            return True
        touched = (
            one for commit in pushed.commits for one in (*commit.added, *commit.modified, *commit.removed)
        )
        return any(one == path or (path.endswith("/") and one.startswith(path)) for one in touched)

    @property
    def sender_is_bot(self) -> bool:
        """Tell whether a machine caused this event."""
        return self.payload.sender is not None and self.payload.sender.is_bot

    def for_routing(self) -> sansio.Event:
        """Give the event in the form gidgethub's router matches on."""
        return sansio.Event(self.raw, event=self.name, delivery_id=self.guid)


def read_event(name: str, guid: str, body: bytes) -> Event:
    """Read a stored delivery.

    Raises:
        MalformedPayloadError: the body is not a JSON object, or a field the house reads has the wrong type.
    """
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedPayloadError(f"the body is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise MalformedPayloadError(f"the body is a JSON {type(raw).__name__}, not an object")
    return event_from(name, guid, raw)


def event_from(name: str, guid: str, raw: dict[str, Any]) -> Event:
    """Read an already decoded payload; raises :class:`MalformedPayloadError` as :func:`read_event` does."""
    try:
        payload = Payload.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise MalformedPayloadError(f"{name} payload, field {where}: {first['msg']}") from error
    return Event(guid=guid, name=name, payload=payload, raw=raw)
