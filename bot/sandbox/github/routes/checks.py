"""Check runs and check suites; only Apps can make them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.github import commits, suites
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.check_records import CheckRun
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem, not_found, refused
from bot.sandbox.github.records import Application
from bot.sandbox.github.shapes import checks as shapes
from bot.sandbox.github.shapes import repositories
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

routes = Routes()
MOST_ANNOTATIONS = 50
"""Annotations one request may bring; more are appended by further requests."""

OUTPUT_LIMIT = 65_535
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "timed_out",
)
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")


def _app(call: Call) -> Application:
    if call.actor.app is None:
        raise Problem(403, "You must authenticate via a GitHub App.")
    return call.actor.app


def _apply(call: Call, run: CheckRun) -> None:
    """Take over the fields that create and update have in common."""
    fields = call.fields
    run.name = fields.text("name") or run.name
    run.details_url = fields.text("details_url") or run.details_url
    run.external_id = fields.text("external_id") or run.external_id
    run.started_at = fields.moment("started_at") or run.started_at
    status = fields.choice("status", *STATUSES)
    conclusion = fields.choice("conclusion", *CONCLUSIONS)
    if status == "completed" and conclusion is None and run.conclusion is None:
        raise Problem(422, "Invalid request.\n\nFor 'anyOf/0', \"conclusion\" wasn't supplied.")
    if conclusion is not None:
        run.conclusion, run.status = conclusion, "completed"
    elif status is not None:
        run.status = status
    if run.status == "completed":
        run.completed_at = fields.moment("completed_at") or run.completed_at or timestamp()
    output = fields.object("output")
    if output is not None:
        if not run.output:
            output.required("title", "summary")
        for name in ("title", "summary", "text"):
            text = output.text(name)
            if text is not None and len(text) > OUTPUT_LIMIT:
                raise refused("CheckRun", f"{name} is too long (maximum is {OUTPUT_LIMIT} characters)", name)
            run.output[name] = text if text is not None else run.output.get(name)
        annotations = output.items("annotations") or []
        if len(annotations) > MOST_ANNOTATIONS:
            raise Problem(422, "Invalid request.\n\nNo more than 50 items are allowed; more were supplied.")
        run.annotations.extend(_annotation(each) for each in annotations)


def _annotation(given: Any) -> Json:
    """Check one annotation: where it stands, how grave it is and what it says."""
    if not isinstance(given, dict):
        raise Problem(422, "Invalid request.\n\nFor 'properties/annotations', the items are objects.")
    fields = Fields(given)
    fields.required("path", "start_line", "end_line", "annotation_level", "message")
    fields.choice("annotation_level", "notice", "warning", "failure")
    for name in ("start_line", "end_line", "start_column", "end_column"):
        fields.number(name)
    for name in ("path", "message", "title", "raw_details"):
        fields.text(name)
    return given


def _announce(call: Call, run: CheckRun, action: str) -> None:
    suite = call.store.suites[run.suite_id]
    call.emit(
        "check_run",
        action,
        lambda: {
            "check_run": shapes.check_run(call.view, run)
            | {"check_suite": shapes.suite_in_run(call.view, suite)}
        },
    )


@routes("POST", "/repos/{owner}/{repo}/check-runs", app="checks:write", role="write")
async def create_run(call: Call) -> Reply:
    """Begin, or report in one go, a check of a commit."""
    app = _app(call)
    call.fields.required("name", "head_sha")
    commit = await commits.find(call, call.fields.needed("head_sha"))
    run = CheckRun(
        id=0,
        repository_id=call.repository.id,
        suite_id=0,
        app_id=app.id,
        head_sha=commit.sha,
        name=call.fields.needed("name"),
        status="queued",
        started_at=timestamp(),
    )
    _apply(call, run)
    run.suite_id, run.id = suites.suite_of(call, app, commit.sha).id, call.store.next_id()
    call.store.runs.save(run)
    _announce(call, run, "created")
    if run.status == "completed":
        _announce(call, run, "completed")
        await suites.announce_if_over(call, run.suite_id)
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
    if run.app_id != _app(call).id:
        raise Problem(
            403, f"Invalid app_id `{run.app_id}` - check run can only be modified by the GitHub App"
        )
    was_over = run.status == "completed"
    _apply(call, run)
    call.store.runs.save(run)
    if run.status == "completed" and not was_over:
        _announce(call, run, "completed")
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
