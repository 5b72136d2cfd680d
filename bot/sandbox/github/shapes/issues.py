"""Issues, comments, labels, milestones, reactions and timelines as GitHub's JSON."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from bot.sandbox.github.records import (
    Account,
    Comment,
    Happening,
    Issue,
    Label,
    Milestone,
    Reaction,
    Repository,
)
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json, View, node

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def label(view: View, record: Label) -> Json:
    """Shape a ``label``."""
    repository = view.store.repositories[record.repository_id]
    links = view.links.of("repository", name=view.name(repository))
    return {
        "id": record.id,
        "node_id": node("LA", record.id),
        "url": f"{links['url']}/labels/{quote(record.name, safe='')}",
        "name": record.name,
        "color": record.color,
        "default": record.default,
        "description": record.description,
        "archived_at": None,
        "archived_by": None,
    }


def labels(view: View, issue: Issue) -> list[Json]:
    """Shape the labels of an issue."""
    return [label(view, found) for id in issue.label_ids if (found := view.store.labels.get(id))]


def milestone(view: View, record: Milestone) -> Json:
    """Shape a ``milestone``."""
    repository = view.store.repositories[record.repository_id]
    inside = [
        each for each in view.store.issues.all(repository=repository.id) if each.milestone_id == record.id
    ]
    return {
        **view.links.of("milestone", name=view.name(repository), number=record.number),
        "id": record.id,
        "node_id": node("MI", record.id),
        "number": record.number,
        "title": record.title,
        "description": record.description,
        "creator": accounts.user_or_none(view, record.creator_id),
        "open_issues": sum(each.state == "open" for each in inside),
        "closed_issues": sum(each.state == "closed" for each in inside),
        "state": record.state,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "due_on": record.due_on,
        "closed_at": record.closed_at,
    }


def association(view: View, repository: Repository, author: Account, issue: Issue | None = None) -> str:
    """Say how somebody stands to a repository; ``issue`` is the thread they write on."""
    store = view.store
    owner = store.accounts[repository.owner_id]
    if author.id == owner.id:
        return "OWNER"
    if author.id in owner.members:
        return "MEMBER"
    if author.id in repository.collaborators:
        return "COLLABORATOR"
    if author.id in repository.contributor_ids:
        return "CONTRIBUTOR"
    if (
        issue is not None
        and issue.pull_id is not None
        and issue.author_id == author.id
        and author.kind == "User"
    ):
        return "FIRST_TIME_CONTRIBUTOR"
    return "NONE"


def reactions(view: View, subject_id: int, url: str) -> Json:
    """Shape a ``reaction-rollup``: how many of each."""
    counted = Counter(each.content for each in view.store.reactions.all(subject=subject_id))
    return {
        "url": f"{url}/reactions",
        "total_count": sum(counted.values()),
        **{content: counted[content] for content in REACTIONS},
    }


def reaction(view: View, record: Reaction) -> Json:
    """Shape a ``reaction``."""
    return {
        "id": record.id,
        "node_id": node("REA", record.id),
        "user": accounts.user_or_none(view, record.account_id),
        "content": record.content,
        "created_at": record.created_at,
    }


def issue(view: View, record: Issue) -> Json:
    """Shape an ``issue``; a pull request has the ``pull_request`` addresses as well."""
    store = view.store
    repository = store.repositories[record.repository_id]
    name = view.name(repository)
    links = view.links.of("issue", name=name, number=record.number)
    author = store.accounts[record.author_id]
    assignees = [shaped for id in record.assignee_ids if (shaped := accounts.user_or_none(view, id))]
    shaped = {
        **links,
        "id": record.id,
        "node_id": node("PR", record.pull_id) if record.pull_id is not None else node("I", record.id),
        "number": record.number,
        "title": record.title,
        "user": accounts.user(view, author),
        "labels": labels(view, record),
        "state": record.state,
        "state_reason": record.state_reason,
        "locked": record.locked,
        "active_lock_reason": record.lock_reason,
        "assignee": assignees[0] if assignees else None,
        "assignees": assignees,
        "milestone": milestone(view, store.milestones[record.milestone_id]) if record.milestone_id else None,
        "comments": record.comments,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "closed_at": record.closed_at,
        "closed_by": accounts.user_or_none(view, record.closed_by_id),
        "author_association": association(view, repository, author, record),
        "body": record.body,
        "reactions": reactions(view, record.id, links["url"]),
        "performed_via_github_app": accounts.app_or_none(view, record.app_id),
    }
    pull = store.pulls.get(record.pull_id) if record.pull_id is not None else None
    if pull is not None:
        addresses = view.links.of("pull", name=name, number=record.number)
        shaped["html_url"] = addresses["html_url"]
        shaped["pull_request"] = addresses | {"merged_at": pull.merged_at}
        shaped["draft"] = pull.draft
    return shaped


def comment(view: View, record: Comment) -> Json:
    """Shape an ``issue-comment``."""
    store = view.store
    repository = store.repositories[record.repository_id]
    thread = store.issues[record.issue_id]
    author = store.accounts[record.author_id]
    links = view.links.of("comment", name=view.name(repository), number=thread.number, id=record.id)
    if thread.pull_id is not None:
        links["html_url"] = links["html_url"].replace("/issues/", "/pull/")
    return {
        **links,
        "id": record.id,
        "node_id": node("IC", record.id),
        "user": accounts.user(view, author),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "author_association": association(view, repository, author, thread),
        "body": record.body,
        "reactions": reactions(view, record.id, links["url"]),
        "performed_via_github_app": accounts.app_or_none(view, record.app_id),
        "minimized": {"reason": record.minimized} if record.minimized else None,
    }


def happening(view: View, record: Happening) -> Json:
    """Shape an ``issue-event``: one entry of a timeline."""
    store = view.store
    url = view.links.of("repository", name=view.name(store.repositories[record.repository_id]))["url"]
    details = dict(record.details)
    # Which issue it is a duplicate of, and which pull request closed it, only GraphQL tells.
    details.pop("canonical", None)
    details.pop("closer", None)
    # People are kept by id, so that a timeline shows them as they are now.
    for role in ("assignee", "assigner", "requested_reviewer", "review_requester"):
        if role in details:
            details[role] = accounts.user_or_none(view, details[role])
    if "source" in details:
        return _cross_reference(view, record, store.issues.get(details["source"]))
    if "requested_team" in details:
        details["requested_team"] = accounts.team(view, store.teams[details["requested_team"]])
    return {
        "id": record.id,
        "node_id": node("EV", record.id),
        "url": f"{url}/issues/events/{record.id}",
        "actor": accounts.user_or_none(view, record.actor_id),
        "event": record.event,
        "commit_id": details.pop("commit_id", None),
        "commit_url": None,
        "created_at": record.created_at,
        "performed_via_github_app": accounts.app_or_none(view, record.app_id),
        **details,
    }


def _cross_reference(view: View, record: Happening, source: Issue | None) -> Json:
    """Shape a ``timeline-cross-referenced-event``: another thread names this one."""
    return {
        "actor": accounts.user_or_none(view, record.actor_id),
        "event": record.event,
        "created_at": record.created_at,
        "updated_at": record.created_at,
        "source": {"type": "issue", **({"issue": issue(view, source)} if source is not None else {})},
    }


def timeline_comment(view: View, record: Comment) -> Json:
    """Shape a comment as it stands in a timeline."""
    shaped = comment(view, record)
    return {"event": "commented", "actor": shaped["user"], **shaped}
