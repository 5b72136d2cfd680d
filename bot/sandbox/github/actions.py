"""GitHub Actions, as far as others see it: runs of workflows, with their jobs as check runs."""

from __future__ import annotations

from bot.sandbox.github import suites
from bot.sandbox.github.calls import Call
from bot.sandbox.github.check_records import CheckRun, WorkflowRun
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


def begin(call: Call, name: str, sha: str, jobs: dict[str, str | None]) -> WorkflowRun:
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
        "head_repository": repository,
    }
