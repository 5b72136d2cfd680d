"""Commit statuses."""

from __future__ import annotations

from bot.sandbox.github import commits
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.check_records import Status
from bot.sandbox.github.shapes import checks as shapes
from bot.sandbox.github.shapes import repositories
from bot.sandbox.github.store import timestamp

routes = Routes()


@routes("POST", "/repos/{owner}/{repo}/statuses/{sha}", app="statuses:write", role="write")
async def create_status(call: Call) -> Reply:
    """Set the status of a commit under a context."""
    call.fields.required("state")
    commit = await commits.find(call, call.path["sha"])
    moment = timestamp()
    status = Status(
        id=call.store.next_id(),
        repository_id=call.repository.id,
        sha=commit.sha,
        state=call.fields.choice("state", "error", "failure", "pending", "success") or "",
        context=call.fields.text("context") or "default",
        creator_id=call.account.id,
        created_at=moment,
        updated_at=moment,
        description=call.fields.text("description"),
        target_url=call.fields.text("target_url"),
    )
    call.store.statuses.save(status)
    return Reply(201, shapes.status(call.view, status))


async def _list(call: Call) -> Reply:
    commit = await commits.find(call, call.path["ref"])
    found = list(reversed(call.store.statuses.all(sha=(call.repository.id, commit.sha))))
    return call.page(found, lambda each: shapes.status(call.view, each))


routes("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", app="statuses:read")(_list)
routes("GET", "/repos/{owner}/{repo}/statuses/{ref}", app="statuses:read")(_list)


@routes("GET", "/repos/{owner}/{repo}/commits/{ref}/status", app="statuses:read")
async def combined(call: Call) -> Reply:
    """Sum up a commit: the latest status of each context, and the worst of them."""
    commit = await commits.find(call, call.path["ref"])
    latest = {each.context: each for each in call.store.statuses.all(sha=(call.repository.id, commit.sha))}
    states = {each.state for each in latest.values()}
    failed = states & {"error", "failure"}
    state = "failure" if failed else "pending" if "pending" in states or not states else "success"
    url = f"{call.view.links.api}/repos/{call.view.name(call.repository)}/commits/{commit.sha}"
    return Reply(
        200,
        {
            "state": state,
            "statuses": [shapes.simple_status(call.view, each) for each in latest.values()],
            "sha": commit.sha,
            "total_count": len(latest),
            "repository": repositories.repository(call.view, call.repository),
            "commit_url": url,
            "url": f"{url}/status",
        },
    )
