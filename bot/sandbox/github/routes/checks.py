"""Check runs and check suites; only Apps can make them."""

from __future__ import annotations

from bot.sandbox.github import commits, runs, suites
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.check_records import CheckRun
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.shapes import checks as shapes
from bot.sandbox.github.shapes import repositories

routes = Routes()


@routes("POST", "/repos/{owner}/{repo}/check-runs", app="checks:write", role="write")
async def create_run(call: Call) -> Reply:
    """Begin, or report in one go, a check of a commit."""
    run = await runs.create(call, call.fields)
    shaped = shapes.check_run(call.view, run)
    return Reply(201, shaped, {"Location": shaped["url"]})


def _find(call: Call) -> CheckRun:
    run = call.store.runs.get(call.number("id"))
    if run is None or run.repository_id != call.repository.id:
        raise not_found()
    return run


@routes("PATCH", "/repos/{owner}/{repo}/check-runs/{id}", app="checks:write", role="write")
async def update_run(call: Call) -> Reply:
    """Report on a check; only the App that began it may."""
    run = _find(call)
    if run.app_id != runs.app_of(call).id:
        raise Problem(
            403, f"Invalid app_id `{run.app_id}` - check run can only be modified by the GitHub App"
        )
    was_over = run.status == "completed"
    runs.take_over(run, call.fields)
    call.store.runs.save(run)
    if run.status == "completed" and not was_over:
        runs.announce(call, run, "completed")
        await suites.announce_if_over(call, run.suite_id)
    return Reply(200, shapes.check_run(call.view, run))


@routes("GET", "/repos/{owner}/{repo}/check-runs/{id}", app="checks:read")
async def get_run(call: Call) -> Reply:
    """Show a check run."""
    return Reply(200, shapes.check_run(call.view, _find(call)))


@routes("GET", "/repos/{owner}/{repo}/check-runs/{id}/annotations", app="checks:read")
async def list_annotations(call: Call) -> Reply:
    """List a check run's annotations."""
    run = _find(call)
    return call.page(run.annotations, lambda each: shapes.annotation(call.view, run, each))


def _page(call: Call, runs: list[CheckRun]) -> Reply:
    """Answer the latest run of each name, or all with ``filter=all``."""
    name, status, app_id = (call.query.get(each) for each in ("check_name", "status", "app_id"))
    found = [
        run
        for run in runs
        if name in (None, run.name) and status in (None, run.status) and app_id in (None, str(run.app_id))
    ]
    if call.query.get("filter", "latest") == "latest":
        found = list({(run.app_id, run.name): run for run in found}.values())
    newest_first = sorted(found, key=lambda run: -run.id)
    return call.page(newest_first, lambda each: shapes.check_run(call.view, each), under="check_runs")


@routes("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", app="checks:read")
async def list_runs(call: Call) -> Reply:
    """List the check runs on a commit, newest first."""
    commit = await commits.find(call, call.path["ref"])
    return _page(call, call.store.runs.all(sha=(call.repository.id, commit.sha)))


@routes("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites", app="checks:read")
async def list_suites(call: Call) -> Reply:
    """List the check suites on a commit."""
    commit = await commits.find(call, call.path["ref"])
    repository, head = repositories.repository(call.view, call.repository), suites.head_commit(commit)
    found = call.store.suites.all(sha=(call.repository.id, commit.sha))
    return call.page(
        found, lambda each: shapes.check_suite(call.view, each, repository, head), under="check_suites"
    )


@routes("POST", "/repos/{owner}/{repo}/check-suites/{id}/rerequest", app="checks:write", role="write")
async def rerequest_suite(call: Call) -> Reply:
    """Tell the App that made a suite to run it again."""
    suite = call.store.suites.get(call.number("id"))
    if suite is None or suite.repository_id != call.repository.id:
        raise not_found()
    await suites.announce(call, suite, "rerequested")
    return Reply(201, {})


@routes("GET", "/repos/{owner}/{repo}/check-suites/{id}/check-runs", app="checks:read")
async def list_suite_runs(call: Call) -> Reply:
    """List the check runs of a suite."""
    return _page(call, call.store.runs.all(suite=call.number("id")))
