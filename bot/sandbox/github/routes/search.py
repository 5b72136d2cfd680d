"""A small search for issues and repositories: the usual qualifiers, and words in the text."""

from __future__ import annotations

import shlex

from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.permissions import has_role, reaches
from bot.sandbox.github.problems import invalid
from bot.sandbox.github.records import Issue, Repository
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.shapes import repositories
from bot.sandbox.github.shapes.view import Json

routes = Routes()


def _parse(call: Call) -> tuple[dict[str, list[str]], list[str]]:
    """Split the query into qualifiers (``label:bug``) and words."""
    text = call.query.get("q", "")
    if not text.strip():
        raise invalid("Search", "q", "missing")
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    qualifiers: dict[str, list[str]] = {}
    words = []
    for part in parts:
        name, colon, value = part.partition(":")
        if colon and name in (
            "repo",
            "is",
            "type",
            "state",
            "author",
            "label",
            "assignee",
            "review-requested",
            "in",
            "user",
            "org",
        ):
            qualifiers.setdefault(name, []).append(value.lower())
        else:
            words.append(part.lower())
    return qualifiers, words


def _sees(call: Call, repository: Repository) -> bool:
    return reaches(call.actor, repository) or has_role(call.store, call.actor.account, repository, "read")


def _fits(call: Call, issue: Issue, qualifiers: dict[str, list[str]], words: list[str]) -> bool:
    store = call.store
    labels = {store.labels[id].name.lower() for id in issue.label_ids}
    assignees = {store.accounts[id].login.lower() for id in issue.assignee_ids}
    author = store.accounts[issue.author_id].login.lower()
    kind = "pr" if issue.pull_id else "issue"
    pull = store.pulls.get(issue.pull_id) if issue.pull_id is not None else None
    states = {issue.state, kind, "merged" if pull and pull.merged_at else "unmerged"}
    states |= {"pull-request"} if pull else set()
    asked = {store.accounts[id].login.lower() for id in pull.reviewer_ids} if pull else set()
    text = f"{issue.title}\n{issue.body or ''}".lower()
    return (
        all(each in states for each in qualifiers.get("is", []) + qualifiers.get("type", []))
        and all(each == issue.state for each in qualifiers.get("state", []))
        and all(each == author for each in qualifiers.get("author", []))
        and all(each in labels for each in qualifiers.get("label", []))
        and all(each in assignees for each in qualifiers.get("assignee", []))
        and all(each in asked for each in qualifiers.get("review-requested", []))
        and all(word in text for word in words)
    )


def _result(call: Call, issue: Issue) -> Json:
    """Shape an ``issue-search-result-item``, whose body is never null."""
    return shapes.issue(call.view, issue) | {"body": issue.body or "", "score": 1.0}


@routes("GET", "/search/issues")
async def search_issues(call: Call) -> Reply:
    """Search the issues and pull requests the caller can see, newest first."""
    qualifiers, words = _parse(call)
    names, owners = qualifiers.get("repo"), qualifiers.get("user", []) + qualifiers.get("org", [])
    found = [
        issue
        for repository in call.store.repositories
        if names is None or call.view.name(repository).lower() in names
        if not owners or call.view.name(repository).split("/")[0].lower() in owners
        if _sees(call, repository)
        for issue in call.store.issues.all(repository=repository.id)
        if _fits(call, issue, qualifiers, words)
    ]
    found.sort(key=lambda each: -each.id)
    reply = call.page(found, lambda each: _result(call, each), under="items")
    reply.body |= {"incomplete_results": False, "search_type": "lexical"}
    return reply


@routes("GET", "/search/repositories")
async def search_repositories(call: Call) -> Reply:
    """Search the repositories the caller can see by words in their names."""
    qualifiers, words = _parse(call)
    owners = qualifiers.get("user", []) + qualifiers.get("org", [])
    found = [
        each
        for each in call.store.repositories
        if _sees(call, each)
        if all(word in call.view.name(each).lower() for word in words)
        if not owners or call.view.name(each).split("/")[0].lower() in owners
    ]
    reply = call.page(
        found, lambda each: repositories.repository(call.view, each) | {"score": 1.0}, under="items"
    )
    reply.body["incomplete_results"] = False
    return reply
