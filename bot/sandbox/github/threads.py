"""What can happen to a thread, an issue's or a pull request's: recorded on its timeline and announced."""

from __future__ import annotations

import secrets
from typing import Any

from bot.sandbox.github.calls import Call
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.linking import note
from bot.sandbox.github.permissions import has_role
from bot.sandbox.github.problems import Problem, invalid
from bot.sandbox.github.records import Account, Issue, Label, Pull
from bot.sandbox.github.shapes import accounts, pulls
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

MOST_LABELS = 100
"""Labels an issue can have."""

MOST_ASSIGNEES = 10
LABEL_NAME_LIMIT = 50


def announce(call: Call, issue: Issue, action: str, **more: Any) -> None:
    """Send ``issues`` or ``pull_request``, whichever the thread is."""
    # A push to a fork concerns a pull request of the repository it was forked from.
    repository = call.store.repositories[issue.repository_id]
    pull = call.store.pulls.get(issue.pull_id) if issue.pull_id is not None else None

    def content() -> Json:
        if pull is None:
            return {"issue": shapes.issue(call.view, issue), **more}
        return {"number": issue.number, "pull_request": pulls.pull_request(call.view, pull), **more}

    call.emit("issues" if pull is None else "pull_request", action, content, repository=repository)


def record(call: Call, issue: Issue, event: str, **details: Any) -> None:
    """Add an entry to the timeline, by the caller, and note that the thread changed."""
    note(call, issue, event, **details)
    touch(call, issue)


def touch(call: Call, issue: Issue) -> None:
    """Note that a thread changed."""
    issue.updated_at = timestamp()
    call.store.issues.save(issue)


def label_names(fields: Fields) -> list[str] | None:
    """Read ``labels``, or a body that is a list: names, or objects with a name."""
    items = fields.listed if fields.listed is not None else fields.items("labels")
    if items is None:
        return None
    return [str(each.get("name", "")) if isinstance(each, dict) else str(each) for each in items]


def label_named(call: Call, name: str) -> Label:
    """Find a label of the repository, or create it in a colour of its own as GitHub does."""
    found = call.store.labels.one(name=(call.repository.id, name.lower()))
    if found is not None:
        return found
    if not name.strip() or len(name) > LABEL_NAME_LIMIT:
        raise invalid("Label", "name")
    color = secrets.token_hex(3)
    label = call.store.labels.save(Label(call.store.next_id(), call.repository.id, name, color))
    call.emit("label", "created", lambda: {"label": shapes.label(call.view, label)})
    return label


def add_labels(call: Call, issue: Issue, names: list[str]) -> None:
    """Put labels on a thread; one that is there already changes nothing."""
    tell_labels(call, issue, put_labels(call, issue, names))


def put_labels(call: Call, issue: Issue, names: list[str]) -> list[Label]:
    """Put labels on a thread without telling anybody yet; return those that were not there."""
    wanted = {label.id: label for label in (label_named(call, name) for name in names)}
    new = [label for label in wanted.values() if label.id not in issue.label_ids]
    if len(issue.label_ids) + len(new) > MOST_LABELS:
        raise Problem(422, "Validation Failed", errors=["You can add a maximum of 100 labels to an issue."])
    issue.label_ids += [label.id for label in new]
    return new


def tell_labels(call: Call, issue: Issue, labels: list[Label]) -> None:
    """Tell of labels that were put on a thread, one event each."""
    for label in labels:
        record(call, issue, "labeled", label={"name": label.name, "color": label.color})
        announce(call, issue, "labeled", label=shapes.label(call.view, label))


def remove_label(call: Call, issue: Issue, label: Label) -> None:
    """Take a label off a thread."""
    issue.label_ids.remove(label.id)
    record(call, issue, "unlabeled", label={"name": label.name, "color": label.color})
    announce(call, issue, "unlabeled", label=shapes.label(call.view, label))


def set_labels(call: Call, issue: Issue, names: list[str]) -> None:
    """Leave exactly these labels on a thread."""
    kept = {name.lower() for name in names}
    for id in list(issue.label_ids):
        label = call.store.labels[id]
        if label.name.lower() not in kept:
            remove_label(call, issue, label)
    add_labels(call, issue, names)


def assignable(call: Call, issue: Issue, login: str) -> Account | None:
    """Find somebody who can be assigned: a collaborator, or whoever takes part in the thread."""
    account = call.store.accounts.one(login=login.lower())
    if account is None or account.kind != "User":
        return None
    took_part = account.id == issue.author_id or any(
        comment.author_id == account.id for comment in call.store.comments.all(issue=issue.id)
    )
    if took_part or has_role(call.store, account, call.repository, "triage"):
        return account
    listed = account.id in call.repository.collaborators
    member = account.id in call.store.accounts[call.repository.owner_id].members
    return account if listed or member else None


def add_assignees(call: Call, issue: Issue, logins: list[str]) -> None:
    """Assign people; GitHub silently drops those who cannot be assigned, and whoever is over ten."""
    for login in logins:
        account = assignable(call, issue, login)
        full = len(issue.assignee_ids) >= MOST_ASSIGNEES
        if account is None or full or account.id in issue.assignee_ids:
            continue
        issue.assignee_ids.append(account.id)
        record(call, issue, "assigned", assignee=account.id, assigner=call.account.id)
        announce(call, issue, "assigned", assignee=accounts.user(call.view, account))


def remove_assignees(call: Call, issue: Issue, logins: list[str]) -> None:
    """Take people off a thread."""
    for login in logins:
        account = call.store.accounts.one(login=login.lower())
        if account is None or account.id not in issue.assignee_ids:
            continue
        issue.assignee_ids.remove(account.id)
        record(call, issue, "unassigned", assignee=account.id, assigner=call.account.id)
        announce(call, issue, "unassigned", assignee=accounts.user(call.view, account))


def set_assignees(call: Call, issue: Issue, logins: list[str]) -> None:
    """Leave exactly these people assigned."""
    kept = {login.lower() for login in logins}
    present = [call.store.accounts[id].login for id in issue.assignee_ids]
    remove_assignees(call, issue, [login for login in present if login.lower() not in kept])
    add_assignees(call, issue, logins)


def edit(call: Call, issue: Issue, title: str | None, body: str | None) -> None:
    """Change the words of a thread; saying the same again changes nothing."""
    changes: Json = {}
    if title is not None and title != issue.title:
        changes["title"] = {"from": issue.title}
        before, issue.title = issue.title, title
        record(call, issue, "renamed", rename={"from": before, "to": title})
    if body is not None and body != (issue.body or ""):
        changes["body"] = {"from": issue.body or ""}
        issue.body = body
        touch(call, issue)
    if changes:
        announce(call, issue, "edited", changes=changes)


def set_state(
    call: Call, issue: Issue, state: str, reason: str | None = None, closer: Pull | None = None
) -> None:
    """Close or reopen a thread; one that is so already may only get another reason.

    ``closer`` is the merged pull request that closes an issue.
    """
    if state == issue.state:
        if state == "closed" and reason not in (None, issue.state_reason) and issue.pull_id is None:
            issue.state_reason = reason
            touch(call, issue)
        return
    pull = call.store.pulls.get(issue.pull_id) if issue.pull_id is not None else None
    if state == "open" and pull is not None and pull.merged_at:
        raise Problem(422, "Validation Failed", errors=["Cannot reopen a merged pull request"])
    issue.state = state
    if state == "closed":
        issue.closed_at, issue.closed_by_id = timestamp(), call.account.id
        issue.state_reason = (reason or "completed") if issue.pull_id is None else None
        by = {"closer": closer.id} if closer is not None else {}
        record(call, issue, "closed", state_reason=issue.state_reason, **by)
        announce(call, issue, "closed")
    else:
        issue.closed_at, issue.closed_by_id = None, None
        issue.state_reason = "reopened" if issue.pull_id is None else None
        record(call, issue, "reopened", state_reason=issue.state_reason)
        announce(call, issue, "reopened")


def set_draft(call: Call, issue: Issue, pull: Pull, draft: bool) -> None:
    """Make a pull request a draft, or ready for review; one that is so already changes nothing."""
    if pull.draft == draft:
        return
    pull.draft = draft
    call.store.pulls.save(pull)
    action = "converted_to_draft" if draft else "ready_for_review"
    record(call, issue, "convert_to_draft" if draft else action)
    announce(call, issue, action)


def set_milestone(call: Call, issue: Issue, number: int | None) -> None:
    """Put a thread under a milestone, or under none."""
    milestone = call.store.milestones.one(number=(call.repository.id, number)) if number is not None else None
    if number is not None and milestone is None:
        raise invalid("Issue", "milestone", value=str(number))
    before = call.store.milestones.get(issue.milestone_id) if issue.milestone_id is not None else None
    if milestone is before:
        return
    issue.milestone_id = milestone.id if milestone else None
    if before is not None:
        record(call, issue, "demilestoned", milestone={"title": before.title})
        announce(call, issue, "demilestoned", milestone=shapes.milestone(call.view, before))
    if milestone is not None:
        record(call, issue, "milestoned", milestone={"title": milestone.title})
        announce(call, issue, "milestoned", milestone=shapes.milestone(call.view, milestone))


def set_locked(call: Call, issue: Issue, locked: bool, reason: str | None = None) -> None:
    """Lock a thread for everybody without write access, or unlock it."""
    if issue.locked == locked:
        return
    issue.locked, issue.lock_reason = locked, reason if locked else None
    record(call, issue, "locked" if locked else "unlocked", lock_reason=issue.lock_reason)
    announce(call, issue, "locked" if locked else "unlocked")
