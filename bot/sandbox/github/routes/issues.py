"""Issues: list, open, change, lock, and their timelines."""

from __future__ import annotations

from bot.sandbox.github import linking, threads
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.problems import Problem, invalid, must_have_rights, not_found, refused
from bot.sandbox.github.records import Comment, Happening, Issue, Review
from bot.sandbox.github.shapes import accounts, pulls
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

routes = Routes()
TITLE_LIMIT = 256


def read_title(call: Call, resource: str, *, needed: bool) -> str | None:
    """Read a title of at most 256 characters that is not only space."""
    title = call.fields.needed("title") if needed else call.fields.text("title")
    if title is None:
        return None
    if not title.strip():
        raise invalid(resource, "title", "missing_field")
    if len(title) > TITLE_LIMIT:
        raise refused(resource, f"title is too long (maximum is {TITLE_LIMIT} characters)", "title")
    return title


def open_issue(call: Call, title: str, body: str | None) -> Issue:
    """Add a thread with the repository's next number; nothing is announced yet."""
    repository, moment, via = call.repository, timestamp(), call.actor.acts_for_app
    repository.last_number += 1
    call.store.repositories.save(repository)
    return call.store.issues.save(
        Issue(
            id=call.store.next_id(),
            repository_id=repository.id,
            number=repository.last_number,
            title=title,
            body=body,
            author_id=call.account.id,
            created_at=moment,
            updated_at=moment,
            app_id=via.id if via else None,
        )
    )


@routes("POST", "/repos/{owner}/{repo}/issues", app="issues:write")
async def create_issue(call: Call) -> Reply:
    """Open an issue; who may not triage cannot set labels, assignees or a milestone, as on GitHub."""
    if not call.repository.has_issues:
        raise Problem(410, "Issues has been disabled in this repository.")
    title, body = read_title(call, "Issue", needed=True), call.fields.body("Issue")
    labels, assignees = threads.label_names(call.fields), call.fields.texts("assignees")
    issue = open_issue(call, title or "", body)
    # What is opened with labels has them in the event that says so.
    new = threads.put_labels(call, issue, labels or []) if call.may("triage") else []
    threads.announce(call, issue, "opened")
    linking.note_mentions(call, issue, body)
    threads.tell_labels(call, issue, new)
    if call.may("triage"):
        threads.add_assignees(call, issue, assignees or [])
        threads.set_milestone(call, issue, call.fields.number("milestone"))
    shaped = shapes.issue(call.view, issue)
    return Reply(201, shaped, {"Location": shaped["url"]})


def _selected(call: Call) -> list[Issue]:
    """Apply the filters of the list endpoint."""
    query, store = call.query, call.store
    found = store.issues.all(repository=call.repository.id)
    state = query.get("state", "open")
    if state != "all":
        found = [each for each in found if each.state == state]
    if wanted := [name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()]:
        labels = [store.labels.one(name=(call.repository.id, name)) for name in wanted]
        found = [each for each in found if all(label and label.id in each.label_ids for label in labels)]
    if creator := query.get("creator"):
        author = store.accounts.one(login=creator.lower())
        found = [each for each in found if author and each.author_id == author.id]
    if assignee := query.get("assignee"):
        person = store.accounts.one(login=assignee.lower())
        found = [
            each
            for each in found
            if (assignee == "*" and each.assignee_ids)
            or (assignee == "none" and not each.assignee_ids)
            or (person and person.id in each.assignee_ids)
        ]
    if since := query.get("since"):
        found = [each for each in found if each.updated_at >= since]
    return found


@routes("GET", "/repos/{owner}/{repo}/issues", app="issues:read")
async def list_issues(call: Call) -> Reply:
    """List issues and pull requests, newest first unless asked otherwise."""
    orders = {
        "created": lambda each: (each.created_at, each.number),
        "updated": lambda each: (each.updated_at, each.number),
        "comments": lambda each: (each.comments, each.number),
    }
    order = orders.get(call.query.get("sort", "created"), orders["created"])
    found = sorted(_selected(call), key=order, reverse=call.query.get("direction", "desc") == "desc")
    return call.page(found, lambda each: shapes.issue(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/issues/{number}", app="issues|pull_requests:read")
async def get_issue(call: Call) -> Reply:
    """Show an issue or a pull request's thread."""
    return Reply(200, shapes.issue(call.view, call.issue))


@routes("PATCH", "/repos/{owner}/{repo}/issues/{number}", app="issues|pull_requests:write")
async def update_issue(call: Call) -> Reply:
    """Change a thread; its author may change its words and state, triagers everything."""
    issue, fields = call.issue, call.fields
    triager = call.may("triage")
    if not triager and issue.author_id != call.account.id:
        raise must_have_rights()
    title, body = read_title(call, "Issue", needed=False), fields.body("Issue")
    state = fields.choice("state", "open", "closed")
    reason = fields.choice("state_reason", "completed", "not_planned", "duplicate", "reopened")
    labels, assignees = threads.label_names(call.fields), fields.texts("assignees")
    threads.edit(call, issue, title, "" if "body" in fields and body is None else body)
    if triager:
        if labels is not None:
            threads.set_labels(call, issue, labels)
        if assignees is not None:
            threads.set_assignees(call, issue, assignees)
        if "milestone" in fields:
            threads.set_milestone(call, issue, fields.number("milestone"))
    if state is not None:
        threads.set_state(call, issue, state, reason)
    return Reply(200, shapes.issue(call.view, issue))


@routes("PUT", "/repos/{owner}/{repo}/issues/{number}/lock", app="issues|pull_requests:write", role="triage")
async def lock(call: Call) -> Reply:
    """Lock a thread."""
    reason = call.fields.choice("lock_reason", "off-topic", "too heated", "resolved", "spam")
    threads.set_locked(call, call.issue, True, reason)
    return NO_CONTENT


@routes(
    "DELETE", "/repos/{owner}/{repo}/issues/{number}/lock", app="issues|pull_requests:write", role="triage"
)
async def unlock(call: Call) -> Reply:
    """Unlock a thread."""
    threads.set_locked(call, call.issue, False)
    return NO_CONTENT


@routes(
    "POST", "/repos/{owner}/{repo}/issues/{number}/assignees", app="issues|pull_requests:write", role="triage"
)
async def add_assignees(call: Call) -> Reply:
    """Assign people; those who cannot be assigned are left out without a word."""
    threads.add_assignees(call, call.issue, call.fields.texts("assignees") or [])
    return Reply(201, shapes.issue(call.view, call.issue))


@routes(
    "DELETE",
    "/repos/{owner}/{repo}/issues/{number}/assignees",
    app="issues|pull_requests:write",
    role="triage",
)
async def remove_assignees(call: Call) -> Reply:
    """Take people off a thread."""
    threads.remove_assignees(call, call.issue, call.fields.texts("assignees") or [])
    return Reply(200, shapes.issue(call.view, call.issue))


def _assignable(call: Call) -> list[int]:
    owner = call.store.accounts[call.repository.owner_id]
    people = [*([owner.id] if owner.kind == "User" else []), *owner.members, *call.repository.collaborators]
    return list(dict.fromkeys(people))


@routes("GET", "/repos/{owner}/{repo}/assignees", app="issues|pull_requests:read")
async def list_assignees(call: Call) -> Reply:
    """List who can be assigned."""
    people = [call.store.accounts[id] for id in _assignable(call)]
    return call.page(people, lambda each: accounts.user(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/assignees/{login}", app="issues|pull_requests:read")
async def check_assignee(call: Call) -> Reply:
    """Tell by the status whether somebody can be assigned."""
    account = call.store.accounts.one(login=call.path["login"].lower())
    if account is None or account.id not in _assignable(call):
        raise not_found()
    return NO_CONTENT


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/assignees/{login}", app="issues|pull_requests:read")
async def check_assignee_of_issue(call: Call) -> Reply:
    """Tell by the status whether somebody can be assigned to a thread, as whoever takes part in it can."""
    if threads.assignable(call, call.issue, call.path["login"]) is None:
        raise not_found()
    return NO_CONTENT


_TIMELINE_ONLY = "cross-referenced"


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/events", app="issues|pull_requests:read")
async def list_issue_events(call: Call) -> Reply:
    """List what happened to a thread, comments and references aside."""
    found = [each for each in call.store.happenings.all(issue=call.issue.id) if each.event != _TIMELINE_ONLY]
    return call.page(found, lambda each: shapes.happening(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/timeline", app="issues|pull_requests:read")
async def timeline(call: Call) -> Reply:
    """List what happened to a thread, with its comments and reviews, oldest first."""
    issue, store = call.issue, call.store

    def shape(entry: Happening | Comment | Review) -> Json:
        if isinstance(entry, Happening):
            return shapes.happening(call.view, entry)
        if isinstance(entry, Comment):
            return shapes.timeline_comment(call.view, entry)
        return {"event": "reviewed", **pulls.review(call.view, entry)}

    entries: list[Happening | Comment | Review] = [
        *store.happenings.all(issue=issue.id),
        *store.comments.all(issue=issue.id),
        *(store.reviews.all(pull=issue.pull_id) if issue.pull_id is not None else []),
    ]
    # Ids grow with time, also across the kinds.
    return call.page(sorted(entries, key=lambda entry: entry.id), shape)


@routes("GET", "/repos/{owner}/{repo}/issues/events", app="issues|pull_requests:read")
async def list_repository_events(call: Call) -> Reply:
    """List what happened to all threads, newest first."""

    def shape(entry: Happening) -> Json:
        issue = shapes.issue(call.view, call.store.issues[entry.issue_id])
        return shapes.happening(call.view, entry) | {"issue": issue}

    found = call.store.happenings.all(repository=call.repository.id)
    listed = [each for each in reversed(found) if each.event != _TIMELINE_ONLY]
    return call.page(listed, shape)
