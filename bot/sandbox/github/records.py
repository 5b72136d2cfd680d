"""What the sandbox GitHub remembers: one plain dataclass per kind of thing.

Times are ISO 8601 in UTC with seconds, as GitHub writes them. Ids are unique across all kinds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    """A person, an organisation or a bot; ``kind`` is GitHub's User, Organization or Bot."""

    id: int
    login: str
    kind: str
    created_at: str
    name: str | None = None
    email: str | None = None
    members: dict[int, str] = field(default_factory=dict)
    """Of an organisation: account id to role, ``admin`` or ``member``."""

    def __post_init__(self) -> None:
        self.members = {int(key): role for key, role in self.members.items()}


@dataclass
class Token:
    """A credential, kept only as its SHA-256; an installation's token has permissions and an end."""

    id: int
    digest: str
    account_id: int
    installation_id: int | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repository_ids: list[int] | None = None
    expires_at: float | None = None


@dataclass
class Application:
    """A registered GitHub App. Of its key only the public half is kept, as GitHub does."""

    id: int
    slug: str
    name: str
    owner_id: int
    bot_id: int
    hook_id: int
    client_id: str
    public_key: str
    webhook_url: str
    webhook_secret: str
    permissions: dict[str, str]
    events: list[str]
    created_at: str
    updated_at: str
    description: str | None = None
    external_url: str = "https://example.com"
    content_type: str = "json"


@dataclass
class Installation:
    """An App at work on an account; ``repository_ids`` None means all of its repositories."""

    id: int
    app_id: int
    account_id: int
    repository_ids: list[int] | None
    permissions: dict[str, str]
    events: list[str]
    created_at: str
    updated_at: str
    suspended_at: str | None = None
    suspended_by_id: int | None = None


@dataclass
class Repository:
    """A repository; ``collaborators`` maps account ids to read, triage, write, maintain or admin."""

    id: int
    owner_id: int
    name: str
    private: bool
    default_branch: str
    created_at: str
    updated_at: str
    pushed_at: str
    description: str | None = None
    parent_id: int | None = None
    collaborators: dict[int, str] = field(default_factory=dict)
    contributor_ids: list[int] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    former_names: list[str] = field(default_factory=list)
    last_number: int = 0
    has_issues: bool = True
    archived: bool = False
    homepage: str | None = None
    has_discussions: bool = False
    transferred: dict[int, int] = field(default_factory=dict)
    """The numbers issues had before they went elsewhere, with the ids they have there."""
    deleted_numbers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.collaborators = {int(key): role for key, role in self.collaborators.items()}
        self.transferred = {int(number): id for number, id in self.transferred.items()}


@dataclass
class Label:
    """A label of a repository; ``color`` is six hexadecimal digits."""

    id: int
    repository_id: int
    name: str
    color: str
    description: str | None = None
    default: bool = False


@dataclass
class Milestone:
    """A milestone of a repository."""

    id: int
    repository_id: int
    number: int
    title: str
    creator_id: int
    created_at: str
    updated_at: str
    description: str | None = None
    state: str = "open"
    due_on: str | None = None
    closed_at: str | None = None


@dataclass
class Issue:
    """An issue, or the thread half of a pull request when ``pull_id`` is set."""

    id: int
    repository_id: int
    number: int
    title: str
    body: str | None
    author_id: int
    created_at: str
    updated_at: str
    app_id: int | None = None
    pull_id: int | None = None
    state: str = "open"
    state_reason: str | None = None
    label_ids: list[int] = field(default_factory=list)
    assignee_ids: list[int] = field(default_factory=list)
    milestone_id: int | None = None
    locked: bool = False
    lock_reason: str | None = None
    closed_at: str | None = None
    closed_by_id: int | None = None
    comments: int = 0


@dataclass
class Pull:
    """The code half of a pull request. The head repository is None once its fork is deleted."""

    id: int
    issue_id: int
    repository_id: int
    number: int
    base_ref: str
    base_sha: str
    head_repository_id: int | None
    head_owner_id: int
    head_ref: str
    head_sha: str
    draft: bool = False
    maintainer_can_modify: bool = False
    reviewer_ids: list[int] = field(default_factory=list)
    reviewing_team_ids: list[int] = field(default_factory=list)
    merged_at: str | None = None
    merged_by_id: int | None = None
    merge_commit_sha: str | None = None
    commits: int = 0
    additions: int = 0
    deletions: int = 0
    changed_files: int = 0
    mergeable: bool | None = None


@dataclass
class Review:
    """A submitted review of a pull request; ``state`` in capitals, as GitHub answers it."""

    id: int
    pull_id: int
    author_id: int
    body: str
    state: str
    commit_id: str
    submitted_at: str


@dataclass
class ReviewComment:
    """A comment of a review on lines of a file at a commit; ``start_line`` is None for one line."""

    id: int
    pull_id: int
    review_id: int
    author_id: int
    path: str
    body: str
    start_line: int | None
    line: int
    diff_hunk: str
    commit_id: str
    created_at: str


@dataclass
class Comment:
    """A comment on a thread."""

    id: int
    repository_id: int
    issue_id: int
    author_id: int
    body: str
    created_at: str
    updated_at: str
    app_id: int | None = None
    minimized: str | None = None
    """Why it is folded away, as GitHub words it: ``spam``, ``off-topic`` ..."""


@dataclass
class Reaction:
    """One person's reaction to an issue or a comment, told apart by ``subject_id``."""

    id: int
    subject_id: int
    account_id: int
    content: str
    created_at: str


@dataclass
class Happening:
    """An entry of a thread's timeline that is not a comment: labelled, closed, renamed ..."""

    id: int
    repository_id: int
    issue_id: int
    actor_id: int
    event: str
    created_at: str
    details: dict[str, Any] = field(default_factory=dict)
    app_id: int | None = None


@dataclass
class Discussion:
    """A discussion; it is numbered together with the issues. ``category`` is a slug."""

    id: int
    repository_id: int
    number: int
    title: str
    body: str
    author_id: int
    category: str
    created_at: str


@dataclass
class Team:
    """A team of an organisation."""

    id: int
    organization_id: int
    slug: str


@dataclass
class Release:
    """A release; a draft has no ``published_at``."""

    id: int
    repository_id: int
    author_id: int
    tag_name: str
    target_commitish: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    created_at: str
    updated_at: str
    published_at: str | None = None


@dataclass
class Asset:
    """A file of a release; its bytes lie in the state folder under its id."""

    id: int
    release_id: int
    uploader_id: int
    name: str
    label: str | None
    content_type: str
    size: int
    digest: str
    created_at: str
    updated_at: str
    download_count: int = 0


@dataclass
class Delivery:
    """One attempt to deliver one webhook; ``status`` is ``pending`` until the attempt is over."""

    id: int
    app_id: int
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    payload: str
    target_id: int
    delivered_at: str
    redelivery: bool = False
    url: str = ""
    status: str = "pending"
    status_code: int = 0
    duration: float = 0.0
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response: str | None = None


@dataclass
class Manifest:
    """An App manifest somebody submitted, waiting for its code to be converted."""

    id: int
    code: str
    owner_id: int
    content: dict[str, Any]
