"""Make check runs and change them; only Apps can."""

from __future__ import annotations

from typing import Any

from bot.sandbox.github import commits, suites
from bot.sandbox.github.calls import Call
from bot.sandbox.github.check_records import CheckRun
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.problems import Problem, refused
from bot.sandbox.github.records import Application
from bot.sandbox.github.shapes import checks as shapes
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

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


def app_of(call: Call) -> Application:
    """Give the App that calls; raises GitHub's refusal where it is none."""
    if call.actor.app is None:
        raise Problem(403, "You must authenticate via a GitHub App.")
    return call.actor.app


def take_over(run: CheckRun, fields: Fields) -> None:
    """Take over the fields that create and update have in common."""
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


def announce(call: Call, run: CheckRun, action: str) -> None:
    """Tell whoever listens what became of a check run."""
    suite = call.store.suites[run.suite_id]
    call.emit(
        "check_run",
        action,
        lambda: {
            "check_run": shapes.check_run(call.view, run)
            | {"check_suite": shapes.suite_in_run(call.view, suite)}
        },
    )


async def create(call: Call, fields: Fields) -> CheckRun:
    """Begin, or report in one go, a check of a commit, and tell of it."""
    app = app_of(call)
    fields.required("name", "head_sha")
    commit = await commits.find(call, fields.needed("head_sha"))
    run = CheckRun(
        id=0,
        repository_id=call.repository.id,
        suite_id=0,
        app_id=app.id,
        head_sha=commit.sha,
        name=fields.needed("name"),
        status="queued",
        started_at=timestamp(),
    )
    take_over(run, fields)
    run.suite_id, run.id = suites.suite_of(call, app, commit.sha).id, call.store.next_id()
    call.store.runs.save(run)
    announce(call, run, "created")
    if run.status == "completed":
        announce(call, run, "completed")
        await suites.announce_if_over(call, run.suite_id)
    return run
