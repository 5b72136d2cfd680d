"""The fields of webhook payloads that the house reads, typed as GitHub documents them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ASSOCIATIONS_OF_NEWCOMERS = frozenset({"FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"})
"""`author_association` of a person's first contribution here (GraphQL enum `CommentAuthorAssociation`)."""

ASSOCIATIONS_OF_THE_HOUSE = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""`author_association` of people who know how things are done here; it decides about restraint only."""

DEFAULT_BRANCH = "HEAD"
"""Names the default branch to GitHub when its own name is not known."""

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


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
    node_id: str = ""


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
