"""GitHub Actions, as far as others see it: runs of workflows, with their jobs as check runs."""

from __future__ import annotations

import hashlib

from bot.sandbox.github import suites
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.check_records import Artifact, CheckRun, WorkflowRun
from bot.sandbox.github.house import House
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Application
from bot.sandbox.github.shapes import checks, repositories
from bot.sandbox.github.shapes.view import Json, node
from bot.sandbox.github.store import timestamp

SLUG = "github-actions"
FAILED = ("failure", "cancelled", "timed_out")


def application(house: House) -> Application:
    """Answer the App that GitHub Actions is: it has no key anybody knows, and no hook."""
    found = house.store.apps.one(slug=SLUG)
    if found is not None:
        return found
    bot, moment = house.add_account(f"{SLUG}[bot]", "Bot"), timestamp()
    owner = house.store.accounts.one(login="github") or house.add_account("github", "Organization")
    return house.store.apps.save(
        Application(
            id=house.store.next_id(),
            slug=SLUG,
            name="GitHub Actions",
            owner_id=owner.id,
            bot_id=bot.id,
            hook_id=house.store.next_id(),
            client_id="",
            public_key="",
            webhook_url="",
            webhook_secret="",
            permissions={"metadata": "read", "checks": "write"},
            events=[],
            created_at=moment,
            updated_at=moment,
        )
    )


def begin(
    call: Call, name: str, sha: str, jobs: dict[str, str | None], *, is_of_fork: bool = False
) -> WorkflowRun:
    """Run a workflow: ``jobs`` maps each job to its conclusion, None while it runs."""
    app, store, moment = application(call.house), call.store, timestamp()
    suite = store.suites.save(suites.new_suite(call, app, sha))
    run = WorkflowRun(
        id=store.next_id(),
        repository_id=call.repository.id,
        suite_id=suite.id,
        name=name,
        head_sha=sha,
        run_number=store.workflow_runs.count(repository=call.repository.id) + 1,
        actor_id=call.account.id,
        created_at=moment,
        updated_at=moment,
        is_of_fork=is_of_fork,
    )
    for job, conclusion in jobs.items():
        store.runs.save(
            CheckRun(
                id=store.next_id(),
                repository_id=call.repository.id,
                suite_id=suite.id,
                app_id=app.id,
                head_sha=sha,
                name=job,
                status="completed" if conclusion else "in_progress",
                conclusion=conclusion,
                started_at=moment,
                completed_at=moment if conclusion else None,
                details_url=f"{call.view.links.base}/{call.view.name(call.repository)}/actions/runs/{run.id}",
            )
        )
    return store.workflow_runs.save(run)


def rerun_failed(call: Call, run: WorkflowRun) -> None:
    """Begin the jobs of a run that failed again."""
    store = call.store
    status, _ = checks.suite_state(call.view, store.suites[run.suite_id])
    failed = [each for each in store.runs.all(suite=run.suite_id) if each.conclusion in FAILED]
    if status != "completed":
        raise Problem(403, "This workflow is already running")
    if not failed:
        raise Problem(403, "The workflow run cannot be rerun: it has no failed jobs")
    for job in failed:
        job.status, job.conclusion, job.completed_at = "queued", None, None
        job.started_at = timestamp()
        store.runs.save(job)
    run.attempt += 1
    run.updated_at = timestamp()
    store.workflow_runs.save(run)


async def keep(call: Call, run: WorkflowRun, name: str, archive: bytes) -> Artifact:
    """Keep a zip archive as what a run made."""
    artifact = Artifact(
        id=call.store.next_id(),
        repository_id=run.repository_id,
        run_id=run.id,
        name=name,
        size=len(archive),
        digest=f"sha256:{hashlib.sha256(archive).hexdigest()}",
        created_at=timestamp(),
    )
    folder = call.house.artifacts_folder()
    folder.mkdir(exist_ok=True)
    await in_thread((folder / str(artifact.id)).write_bytes, archive)
    return call.store.artifacts.save(artifact)


def artifact(call: Call, kept: Artifact) -> Json:
    """Shape an ``artifact``."""
    run = call.store.workflow_runs[kept.run_id]
    return {
        **call.view.links.of("artifact", name=call.view.name(call.repository), id=kept.id),
        "id": kept.id,
        "node_id": node("ART", kept.id),
        "name": kept.name,
        "size_in_bytes": kept.size,
        "digest": kept.digest,
        "expired": kept.expired,
        "created_at": kept.created_at,
        "updated_at": kept.created_at,
        "expires_at": kept.created_at,
        "workflow_run": {
            "id": run.id,
            "repository_id": run.repository_id,
            "head_repository_id": run.repository_id,
            "head_branch": call.store.suites[run.suite_id].head_branch,
            "head_sha": run.head_sha,
        },
    }


def workflow_run(call: Call, run: WorkflowRun, head: Json) -> Json:
    """Shape a ``workflow-run``; ``head`` is its commit as suites show it."""
    view = call.view
    status, conclusion = checks.suite_state(view, call.store.suites[run.suite_id])
    repository = repositories.repository(view, call.repository)
    suite = view.links.of("check_suite", name=view.name(call.repository), id=run.suite_id)
    return {
        **view.links.of("workflow_run", name=view.name(call.repository), id=run.id),
        "id": run.id,
        "name": run.name,
        "node_id": node("WFR", run.id),
        "check_suite_id": run.suite_id,
        "check_suite_node_id": node("CS", run.suite_id),
        "check_suite_url": suite["url"],
        "head_branch": call.store.suites[run.suite_id].head_branch,
        "head_sha": run.head_sha,
        "path": f".github/workflows/{run.name}.yml",
        "display_title": head["message"].split("\n")[0],
        "run_number": run.run_number,
        "run_attempt": run.attempt,
        "event": "push",
        "status": status,
        "conclusion": conclusion,
        "workflow_id": run.id,
        "workflow_url": f"{repository['url']}/actions/workflows/{run.id}",
        "pull_requests": [],
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "run_started_at": run.updated_at,
        "previous_attempt_url": None,
        "head_commit": head,
        "repository": repository,
        "head_repository": repository if not run.is_of_fork else None,
    }
