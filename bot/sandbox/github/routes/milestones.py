"""Milestones."""

from __future__ import annotations

from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.problems import invalid, not_found
from bot.sandbox.github.records import Milestone
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.store import timestamp

routes = Routes()
READ, WRITE = "issues|pull_requests:read", "issues|pull_requests:write"


def _find(call: Call) -> Milestone:
    found = call.store.milestones.one(number=(call.repository.id, call.number("number")))
    if found is None:
        raise not_found()
    return found


@routes("GET", "/repos/{owner}/{repo}/milestones", app=READ)
async def list_milestones(call: Call) -> Reply:
    """List the milestones."""
    state = call.query.get("state", "open")
    found = [
        each
        for each in call.store.milestones.all(repository=call.repository.id)
        if state in ("all", each.state)
    ]
    return call.page(found, lambda each: shapes.milestone(call.view, each))


@routes("POST", "/repos/{owner}/{repo}/milestones", app=WRITE, role="triage")
async def create_milestone(call: Call) -> Reply:
    """Add a milestone."""
    title, present = call.fields.needed("title"), call.store.milestones.all(repository=call.repository.id)
    if any(each.title == title for each in present):
        raise invalid("Milestone", "title", "already_exists")
    moment = timestamp()
    milestone = Milestone(
        id=call.store.next_id(),
        repository_id=call.repository.id,
        number=max((each.number for each in present), default=0) + 1,
        title=title,
        creator_id=call.account.id,
        created_at=moment,
        updated_at=moment,
        description=call.fields.text("description"),
        due_on=call.fields.moment("due_on"),
    )
    shaped = shapes.milestone(call.view, call.store.milestones.save(milestone))
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", "/repos/{owner}/{repo}/milestones/{number}", app=READ)
async def get_milestone(call: Call) -> Reply:
    """Show a milestone."""
    return Reply(200, shapes.milestone(call.view, _find(call)))


@routes("PATCH", "/repos/{owner}/{repo}/milestones/{number}", app=WRITE, role="triage")
async def update_milestone(call: Call) -> Reply:
    """Change a milestone."""
    milestone, fields = _find(call), call.fields
    milestone.title = fields.text("title") or milestone.title
    milestone.description = fields.text("description") or milestone.description
    milestone.due_on = fields.moment("due_on") or milestone.due_on
    state = fields.choice("state", "open", "closed")
    if state is not None and state != milestone.state:
        milestone.state, milestone.closed_at = state, timestamp() if state == "closed" else None
    milestone.updated_at = timestamp()
    return Reply(200, shapes.milestone(call.view, call.store.milestones.save(milestone)))


@routes("DELETE", "/repos/{owner}/{repo}/milestones/{number}", app=WRITE, role="triage")
async def delete_milestone(call: Call) -> Reply:
    """Delete a milestone; its threads lose it."""
    milestone = _find(call)
    for issue in call.store.issues.all(repository=call.repository.id):
        if issue.milestone_id == milestone.id:
            issue.milestone_id = None
            call.store.issues.save(issue)
    call.store.milestones.remove(milestone)
    return NO_CONTENT
