"""What the sandbox GitHub remembers of checks: runs, suites, workflows and commit statuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class CheckSuite:
    """The check runs of one App on one commit."""

    id: int
    repository_id: int
    app_id: int
    head_sha: str
    head_branch: str | None
    created_at: str
    updated_at: str


@dataclass
class CheckRun:
    """One check; ``output`` holds title, summary and text."""

    id: int
    repository_id: int
    suite_id: int
    app_id: int
    head_sha: str
    name: str
    status: str
    started_at: str
    conclusion: str | None = None
    completed_at: str | None = None
    external_id: str = ""
    details_url: str | None = None
    output: dict[str, str | None] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class WorkflowRun:
    """A run of a GitHub Actions workflow, whose jobs are the check runs of its suite."""

    id: int
    repository_id: int
    suite_id: int
    name: str
    head_sha: str
    run_number: int
    actor_id: int
    created_at: str
    updated_at: str
    attempt: int = 1
    is_of_fork: bool = False


@dataclass
class Artifact:
    """A zip archive that a run kept under a name."""

    id: int
    repository_id: int
    run_id: int
    name: str
    size: int
    digest: str
    created_at: str
    expired: bool = False


@dataclass
class Status:
    """A commit status."""

    id: int
    repository_id: int
    sha: str
    state: str
    context: str
    creator_id: int
    created_at: str
    updated_at: str
    description: str | None = None
    target_url: str | None = None
