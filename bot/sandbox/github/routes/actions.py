"""Runs of GitHub Actions workflows."""

from __future__ import annotations

from bot.sandbox.github import actions, commits, suites
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes, in_thread
from bot.sandbox.github.check_records import Artifact, WorkflowRun
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.storage import signed_address

routes = Routes()
RUNS = "/repos/{owner}/{repo}/actions/runs"
ARTIFACTS = "/repos/{owner}/{repo}/actions/artifacts"


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


@routes(
    "POST",
    "/repos/{owner}/{repo}/actions/workflows/{workflow}/dispatches",
    app="actions:write",
    role="write",
)
async def dispatch(call: Call) -> Reply:
    """Start a workflow by the name of its file, as far as others see it: a ``workflow_dispatch`` event."""
    ref, path = call.fields.needed("ref"), f".github/workflows/{call.path['workflow']}"
    refs = (f"refs/heads/{ref}", f"refs/tags/{ref}") if not ref.startswith("refs/") else (ref,)
    found = [one for one in refs if await in_thread(call.git.resolve, one) is not None]
    if not found:
        raise Problem(422, f"No ref found for: {ref}")
    if not any(entry.path == path for entry in await in_thread(call.git.tree, found[0], recursive=True)):
        raise not_found()
    inputs = call.fields.object("inputs")
    given = {name: str(value) for name, value in inputs.content.items()} if inputs else {}
    content: Json = {"inputs": given, "ref": found[0], "workflow": path}
    call.emit("workflow_dispatch", None, lambda: content)
    return NO_CONTENT


@routes("POST", f"{RUNS}/{{id}}/rerun-failed-jobs", app="actions:write", role="write")
async def rerun_failed(call: Call) -> Reply:
    """Begin the failed jobs of a run again."""
    actions.rerun_failed(call, _find(call))
    return Reply(201, {})


def _page(call: Call, kept: list[Artifact]) -> Reply:
    name = call.query.get("name")
    shown = [each for each in reversed(kept) if name in (None, each.name)]
    return call.page(shown, lambda each: actions.artifact(call, each), under="artifacts")


@routes("GET", f"{RUNS}/{{id}}/artifacts", app="actions:read")
async def list_run_artifacts(call: Call) -> Reply:
    """List what a run kept, newest first."""
    return _page(call, call.store.artifacts.all(run=_find(call).id))


@routes("GET", ARTIFACTS, app="actions:read")
async def list_artifacts(call: Call) -> Reply:
    """List what the repository's runs kept, newest first."""
    return _page(call, call.store.artifacts.all(repository=call.repository.id))


def _find_artifact(call: Call) -> Artifact:
    kept = call.store.artifacts.get(call.number("id"))
    if kept is None or kept.repository_id != call.repository.id:
        raise not_found()
    return kept


@routes("GET", f"{ARTIFACTS}/{{id}}", app="actions:read")
async def get_artifact(call: Call) -> Reply:
    """Show what a run kept."""
    return Reply(200, actions.artifact(call, _find_artifact(call)))


@routes("GET", f"{ARTIFACTS}/{{id}}/zip", app="actions:read")
async def download_artifact(call: Call) -> Reply:
    """Say where the archive is, for those who are logged in, also in a public repository."""
    kept = _find_artifact(call)
    if call.actor.account is None:
        raise Problem(401, "Requires authentication")
    if kept.expired:
        raise Problem(410, "Artifact has expired")
    path = call.house.artifacts_folder() / str(kept.id)
    return Reply(302, None, {"Location": signed_address(call.house, call.view.links.base, path)})
