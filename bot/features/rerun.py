"""Run the failed checks of a pull request again when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pydantic import Field

from bot.actions import Action, RerunChecks
from bot.commands import AUTHOR, WRITE, Command, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import PullRequest
from bot.feature import Call, Feature
from bot.reads import CheckResult, WorkflowRun
from bot.rendering import code

FAILED = frozenset({"failure", "timed_out", "cancelled", "startup_failure"})
"""Conclusions after which it is worth running something again (REST "Check runs", ``conclusion``)."""

ACTIONS = "github-actions"
"""The App that GitHub Actions is; it runs again what failed, not a whole suite."""


class RerunSection(Section):
    """Let people run failed checks again with a command."""

    authors: bool = Field(
        default=False,
        description="Whether authors can use it on their pull requests without write permission.",
    )


class Reads(Protocol):
    """What this feature reads."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def workflow_runs(self, repository: str, commit: str) -> tuple[WorkflowRun, ...]:
        """List the GitHub Actions runs on a commit."""

    async def checks(self, repository: str, commit: str) -> tuple[CheckResult, ...]:
        """List the latest check runs and statuses of a commit."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


feature = Feature[RerunSection, Reads]("rerun", RerunSection)


@feature.command(
    Command(
        name="rerun",
        usage="/rerun",
        description="Runs the checks that failed on the latest commit again.",
        who=AUTHOR | WRITE,
        example="/rerun",
        topic=Topic.MERGING,
        threads=ThreadKind.PULL_REQUEST,
    )
)
async def rerun_asked(call: Call, section: RerunSection, reads: Reads) -> Sequence[Action]:
    """Run what failed on the head of the pull request again."""
    thread = call.thread
    held = Permission.NONE if section.authors else await reads.permission(thread.repository, call.caller)
    if not section.authors and held < Permission.WRITE:
        raise UserError(
            "Here it takes write permission to run checks again. Ask a maintainer, or push a commit: that "
            "runs them all."
        )
    pull = await reads.pull_request(thread.repository, thread.number)
    runs = await reads.workflow_runs(thread.repository, pull.head.sha)
    checks = await reads.checks(thread.repository, pull.head.sha)
    failed, suites = failed_runs(runs), failed_suites(checks, call.slug)
    if not failed and not suites:
        going = any(run.conclusion is None for run in runs)
        raise UserError(
            f"On the latest commit, {code(pull.head.sha[:7])}, "
            + ("checks are still running." if going else "nothing failed that I can run again.")
        )
    reason = f"{call.caller} asked for it"
    return [RerunChecks(thread=thread, runs=failed, suites=suites, reason=reason)]


def failed_runs(runs: Iterable[WorkflowRun]) -> tuple[int, ...]:
    """List the runs that are over and did not go well."""
    return tuple(run.id for run in runs if run.conclusion in FAILED)


def failed_suites(checks: Iterable[CheckResult], own: str) -> tuple[int, ...]:
    """List the suites of other Apps that hold a failed check; the bot's own follows from what it looks at."""
    return tuple(
        dict.fromkeys(
            check.suite
            for check in checks
            if check.suite is not None and check.conclusion in FAILED and check.app not in (ACTIONS, own)
        )
    )
