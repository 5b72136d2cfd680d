"""Labels of repositories and of threads."""

from __future__ import annotations

import re

from bot.sandbox.github import threads
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.problems import Problem, invalid, not_found
from bot.sandbox.github.records import Issue, Label
from bot.sandbox.github.shapes import issues as shapes

routes = Routes()
READ, WRITE = "issues|pull_requests:read", "issues|pull_requests:write"
DEFAULT_COLOR = "ededed"


def _find(call: Call) -> Label:
    found = call.store.labels.one(name=(call.repository.id, call.path["name"].lower()))
    if found is None:
        raise not_found()
    return found


def _color(call: Call) -> str | None:
    color = call.fields.text("color")
    if color is not None and not re.fullmatch("[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color")
    return color.lower() if color else None


def _name(call: Call, name: str) -> str:
    if not name.strip() or len(name) > threads.LABEL_NAME_LIMIT:
        raise invalid("Label", "name")
    if call.store.labels.one(name=(call.repository.id, name.lower())):
        raise invalid("Label", "name", "already_exists")
    return name


def _announce(call: Call, label: Label, action: str, **more: object) -> None:
    call.emit("label", action, lambda: {"label": shapes.label(call.view, label), **more})


@routes("GET", "/repos/{owner}/{repo}/labels", app=READ)
async def list_labels(call: Call) -> Reply:
    """List the repository's labels by name."""
    found = sorted(call.store.labels.all(repository=call.repository.id), key=lambda each: each.name.lower())
    return call.page(found, lambda each: shapes.label(call.view, each))


@routes("POST", "/repos/{owner}/{repo}/labels", app=WRITE, role="triage")
async def create_label(call: Call) -> Reply:
    """Add a label to the repository."""
    name, color = _name(call, call.fields.needed("name")), _color(call) or DEFAULT_COLOR
    description = call.fields.text("description")
    label = Label(call.store.next_id(), call.repository.id, name, color, description)
    call.store.labels.save(label)
    _announce(call, label, "created")
    shaped = shapes.label(call.view, label)
    return Reply(201, shaped, {"Location": shaped["url"]})


@routes("GET", "/repos/{owner}/{repo}/labels/{name}", app=READ)
async def get_label(call: Call) -> Reply:
    """Show a label of the repository."""
    return Reply(200, shapes.label(call.view, _find(call)))


@routes("PATCH", "/repos/{owner}/{repo}/labels/{name}", app=WRITE, role="triage")
async def update_label(call: Call) -> Reply:
    """Rename, recolour or describe a label; the threads that have it keep it."""
    label, new = _find(call), call.fields.text("new_name") or call.fields.text("name")
    changes = {}
    if new is not None and new != label.name:
        changes["name"] = {"from": label.name}
        label.name = _name(call, new) if new.lower() != label.name.lower() else new
    if (color := _color(call)) is not None and color != label.color:
        changes["color"] = {"from": label.color}
        label.color = color
    if "description" in call.fields:
        label.description = call.fields.text("description")
    call.store.labels.save(label)
    _announce(call, label, "edited", changes=changes)
    return Reply(200, shapes.label(call.view, label))


@routes("DELETE", "/repos/{owner}/{repo}/labels/{name}", app=WRITE, role="triage")
async def delete_label(call: Call) -> Reply:
    """Delete a label from the repository and from every thread."""
    label = _find(call)
    for issue in call.store.issues.all(repository=call.repository.id):
        if label.id in issue.label_ids:
            issue.label_ids.remove(label.id)
            call.store.issues.save(issue)
    _announce(call, label, "deleted")
    call.store.labels.remove(label)
    return NO_CONTENT


def _list(call: Call, issue: Issue) -> Reply:
    return Reply(200, shapes.labels(call.view, issue))


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/labels", app=READ)
async def list_issue_labels(call: Call) -> Reply:
    """List a thread's labels."""
    found = [call.store.labels[id] for id in call.issue.label_ids]
    return call.page(found, lambda each: shapes.label(call.view, each))


@routes("POST", "/repos/{owner}/{repo}/issues/{number}/labels", app=WRITE, role="triage")
async def add_labels(call: Call) -> Reply:
    """Put labels on a thread, creating those the repository does not have."""
    threads.add_labels(call, call.issue, threads.label_names(call.fields) or [])
    return _list(call, call.issue)


@routes("PUT", "/repos/{owner}/{repo}/issues/{number}/labels", app=WRITE, role="triage")
async def set_labels(call: Call) -> Reply:
    """Replace a thread's labels."""
    threads.set_labels(call, call.issue, threads.label_names(call.fields) or [])
    return _list(call, call.issue)


@routes("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels", app=WRITE, role="triage")
async def clear_labels(call: Call) -> Reply:
    """Take all labels off a thread."""
    threads.set_labels(call, call.issue, [])
    return NO_CONTENT


@routes("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", app=WRITE, role="triage")
async def remove_label(call: Call) -> Reply:
    """Take one label off a thread."""
    label = call.store.labels.one(name=(call.repository.id, call.path["name"].lower()))
    if label is None or label.id not in call.issue.label_ids:
        raise Problem(404, "Label does not exist")
    threads.remove_label(call, call.issue, label)
    return _list(call, call.issue)
