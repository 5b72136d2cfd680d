from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.actions import Action, RerunChecks
from bot.commands import Permission
from bot.errors import UserError
from bot.events import PullRequest
from bot.features.rerun import RerunSection, rerun_asked
from bot.reads import CheckResult, WorkflowRun
from tests.fixtures.events import call, issue, pull_request


class World:
    def __init__(
        self,
        runs: Sequence[WorkflowRun] = (),
        checks: Sequence[CheckResult] = (),
        held: Permission = Permission.WRITE,
    ) -> None:
        self.runs, self.results, self.held = tuple(runs), tuple(checks), held

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(pull_request())

    async def workflow_runs(self, repository: str, commit: str) -> tuple[WorkflowRun, ...]:
        assert commit == "a" * 40
        return self.runs

    async def checks(self, repository: str, commit: str) -> tuple[CheckResult, ...]:
        return self.results

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held


def run(id: int, conclusion: str | None) -> WorkflowRun:
    return WorkflowRun(id, "CI", "completed" if conclusion else "in_progress", conclusion, 1)


def check(suite: int, conclusion: str, app: str) -> CheckResult:
    return CheckResult("tests", "completed", conclusion, app=app, suite=suite)


async def ask(world: World, section: RerunSection | None = None) -> Sequence[Action]:
    return await rerun_asked(call("/rerun", about=issue(pull_request={})), section or RerunSection(), world)


async def test_what_failed_is_run_again_and_nothing_else() -> None:
    runs = [run(1, "success"), run(2, "failure"), run(3, "timed_out"), run(4, None), run(5, "cancelled")]
    checks = [
        check(10, "failure", "circleci"),
        check(10, "failure", "circleci"),
        check(11, "success", "circleci"),
        check(12, "failure", "github-actions"),
        check(13, "failure", "giveback"),
        CheckResult("old CI", "completed", "failure"),
    ]
    (action,) = await ask(World(runs, checks))
    assert isinstance(action, RerunChecks)
    assert (action.runs, action.suites) == ((2, 3, 5), (10,))


@pytest.mark.parametrize(
    ("runs", "words"),
    [((), "nothing failed"), ((run(1, None),), "still running"), ((run(1, "success"),), "`aaaaaaa`")],
)
async def test_it_is_told_when_there_is_nothing_to_run_again(runs: Sequence[WorkflowRun], words: str) -> None:
    with pytest.raises(UserError, match=words):
        await ask(World(runs))


async def test_authors_need_write_permission_unless_the_repository_lets_them() -> None:
    failed = [run(1, "failure")]
    with pytest.raises(UserError, match="it takes write permission"):
        await ask(World(failed, held=Permission.READ))
    assert await ask(World(failed, held=Permission.READ), RerunSection(authors=True))
