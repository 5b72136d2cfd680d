"""Runs of GitHub Actions workflows."""

from __future__ import annotations

from bot.sandbox.github import actions, commits, suites
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.check_records import WorkflowRun
from bot.sandbox.github.problems import not_found
from bot.sandbox.github.shapes.view import Json

routes = Routes()
RUNS = "/repos/{owner}/{repo}/actions/runs"


def _find(call: Call) -> WorkflowRun:
    run = call.store.workflow_runs.get(call.number("id"))
    if run is None or run.repository_id != call.repository.id:
        raise not_found()
    return run


async def _shaped(call: Call, run: WorkflowRun) -> Json:
    return actions.workflow_run(call, run, suites.head_commit(await commits.find(call, run.head_sha)))


@routes("GET", RUNS, app="actions:read")
async def list_runs(call: Call) -> Reply:
    """List runs, newest first."""
    sha, status = call.query.get("head_sha"), call.query.get("status")
    found = [
        await _shaped(call, each)
        for each in reversed(call.store.workflow_runs.all(repository=call.repository.id))
        if sha in (None, each.head_sha)
    ]
    fitting = [each for each in found if status in (None, each["status"], each["conclusion"])]
    return call.page(fitting, lambda each: each, under="workflow_runs")


@routes("GET", f"{RUNS}/{{id}}", app="actions:read")
async def get_run(call: Call) -> Reply:
    """Show a run."""
    return Reply(200, await _shaped(call, _find(call)))


@routes("POST", f"{RUNS}/{{id}}/rerun-failed-jobs", app="actions:write", role="write")
async def rerun_failed(call: Call) -> Reply:
    """Begin the failed jobs of a run again."""
    actions.rerun_failed(call, _find(call))
    return Reply(201, {})
