"""Check runs, check suites and commit statuses as GitHub's JSON."""

from __future__ import annotations

from bot.sandbox.github.check_records import CheckRun, CheckSuite, Status
from bot.sandbox.github.records import Repository
from bot.sandbox.github.shapes import accounts, pulls
from bot.sandbox.github.shapes.view import Json, View, node


def check_run(view: View, record: CheckRun) -> Json:
    """Shape a ``check-run``."""
    store = view.store
    repository = store.repositories[record.repository_id]
    links = view.links.of("check_run", name=view.name(repository), id=record.id)
    app = store.apps[record.app_id]
    return {
        "id": record.id,
        "name": record.name,
        "node_id": node("CR", record.id),
        "head_sha": record.head_sha,
        "external_id": record.external_id,
        **links,
        "details_url": record.details_url or app.external_url,
        "status": record.status,
        "conclusion": record.conclusion,
        "started_at": record.started_at,
        "completed_at": record.completed_at,
        "output": {
            "title": record.output.get("title"),
            "summary": record.output.get("summary"),
            "text": record.output.get("text"),
            "annotations_count": len(record.annotations),
            "annotations_url": f"{links['url']}/annotations",
        },
        "check_suite": {"id": record.suite_id},
        "app": accounts.app(view, app),
        "pull_requests": _pulls(view, repository, record.head_sha),
    }


def _pulls(view: View, repository: Repository, sha: str) -> list[Json]:
    """List the open pull requests at a commit whose head is in the same repository, as GitHub does."""
    return [
        pulls.minimal(view, pull)
        for pull in view.store.pulls.all(head_sha=(repository.id, sha))
        if pull.head_repository_id == repository.id
        if view.store.issues[pull.issue_id].state == "open"
    ]


def annotation(view: View, record: CheckRun, given: Json) -> Json:
    """Shape a ``check-annotation``."""
    repository = view.store.repositories[record.repository_id]
    blob = f"{view.links.base}/{view.name(repository)}/blob/{record.head_sha}/{given.get('path', '')}"
    optional = ("start_column", "end_column", "title", "raw_details")
    return {**dict.fromkeys(optional), **given, "blob_href": blob}


def suite_state(view: View, suite: CheckSuite) -> tuple[str, str | None]:
    """Sum up a suite: its status, and its conclusion once all runs are over."""
    runs = view.store.runs.all(suite=suite.id)
    if not runs:
        return "queued", None
    if any(run.status != "completed" for run in runs):
        return "in_progress", None
    worst = ("failure", "timed_out", "cancelled", "action_required", "neutral", "skipped")
    concluded = {run.conclusion for run in runs}
    return "completed", next((each for each in worst if each in concluded), "success")


def suite_in_run(view: View, record: CheckSuite) -> Json:
    """Shape a ``simple-check-suite``, as it stands in the webhooks of check runs."""
    repository = view.store.repositories[record.repository_id]
    status, conclusion = suite_state(view, record)
    return {
        "id": record.id,
        "node_id": node("CS", record.id),
        "head_branch": record.head_branch,
        "head_sha": record.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": view.links.of("check_suite", name=view.name(repository), id=record.id)["url"],
        "before": None,
        "after": record.head_sha,
        "pull_requests": _pulls(view, repository, record.head_sha),
        "app": accounts.app(view, view.store.apps[record.app_id]),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def check_suite(view: View, record: CheckSuite, repository: Json, head_commit: Json) -> Json:
    """Shape a ``check-suite``."""
    name = view.name(view.store.repositories[record.repository_id])
    return {
        **suite_in_run(view, record),
        **view.links.of("check_suite", name=name, id=record.id),
        "latest_check_runs_count": view.store.runs.count(suite=record.id),
        "repository": repository,
        "head_commit": head_commit,
    }


def suite_in_webhook(view: View, record: CheckSuite, head_commit: Json) -> Json:
    """Shape a suite as the webhooks about it have it."""
    name = view.name(view.store.repositories[record.repository_id])
    return {
        **suite_in_run(view, record),
        "check_runs_url": view.links.of("check_suite", name=name, id=record.id)["check_runs_url"],
        "latest_check_runs_count": view.store.runs.count(suite=record.id),
        "rerequestable": True,
        "runs_rerequestable": False,
        "head_commit": head_commit,
    }


def status(view: View, record: Status) -> Json:
    """Shape a ``status``."""
    return simple_status(view, record) | {"creator": accounts.user_or_none(view, record.creator_id)}


def simple_status(view: View, record: Status) -> Json:
    """Shape a ``simple-commit-status``."""
    name = view.name(view.store.repositories[record.repository_id])
    creator = accounts.user_or_none(view, record.creator_id) or {}
    return {
        "url": f"{view.links.api}/repos/{name}/statuses/{record.sha}",
        "avatar_url": creator.get("avatar_url"),
        "id": record.id,
        "node_id": node("SC", record.id),
        "state": record.state,
        "description": record.description,
        "target_url": record.target_url,
        "context": record.context,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
