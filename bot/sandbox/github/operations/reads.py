"""Queries: what is written, linked and open in a repository."""

from __future__ import annotations

from bot.sandbox.github import content, forum, git, linking
from bot.sandbox.github.calls import Call, in_thread
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.operations.reading import Operation, enter_named
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Happening, Issue
from bot.sandbox.github.shapes.view import Json, node

ISSUES_PER_PAGE = 100


async def discussion_forum(call: Call, given: Fields) -> Json:
    """List the categories discussions can be opened in."""
    enter_named(call, given, app="discussions:read")
    repository = call.repository
    return {
        "id": node("R", repository.id),
        "hasDiscussionsEnabled": repository.has_discussions,
        "discussionCategories": {
            "nodes": [
                {
                    "id": forum.category_node(repository, each),
                    "name": each.name,
                    "slug": each.slug,
                    "isAnswerable": each.answerable,
                }
                for each in (forum.CATEGORIES if repository.has_discussions else ())
            ]
        },
    }


async def own_discussions(call: Call, given: Fields) -> Json:
    """List the newest discussions, and which of them the caller opened."""
    enter_named(call, given, app="discussions:read")
    found = call.store.discussions.all(repository=call.repository.id)
    base = f"{call.view.links.base}/{call.view.name(call.repository)}/discussions"
    nodes = [
        {
            "url": f"{base}/{each.number}",
            "body": each.body,
            "viewerDidAuthor": each.author_id == call.account.id,
        }
        for each in sorted(found, key=lambda each: each.number, reverse=True)[:50]
    ]
    return {"discussions": {"nodes": nodes}}


async def blame(call: Call, given: Fields) -> Json:
    """Tell who wrote each line of a file."""
    enter_named(call, given, app="contents:read")
    path, opened = given.needed("path"), call.git
    sha = await in_thread(opened.resolve, given.needed("commit"))
    if sha is None:
        return {"object": None}
    found = await in_thread(opened.read, f"{sha}:{path}")
    if found is None or found.kind != "blob":
        raise Problem(404, f"Could not resolve to a blob with the path '{path}'.")
    ranges = await in_thread(opened.blame, sha, path)
    return {"object": {"__typename": "Commit", "blame": {"ranges": _ranges(call, ranges)}}}


def _ranges(call: Call, ranges: list[git.BlamedLines]) -> list[Json]:
    """Shape ranges with their authors' accounts, and how old each is among them: 1 is new, 10 is old."""
    dates = sorted({each.commit.committer.date for each in ranges}, reverse=True)
    shaped = []
    for each in ranges:
        author = content.signer(call.house, each.commit.author.email)
        rank = dates.index(each.commit.committer.date)
        shaped.append(
            {
                "startingLine": each.first,
                "endingLine": each.last,
                "age": 1 + rank * 9 // max(len(dates) - 1, 1),
                "commit": {
                    "oid": each.commit.sha,
                    "committedDate": each.commit.committer.date,
                    "author": {"user": {"login": author.login} if author else None},
                },
            }
        )
    return shaped


async def issue_forms(call: Call, given: Fields) -> Json:
    """Give the issue forms and templates of the default branch, with their texts."""
    enter_named(call, given, app="contents:read")
    branch, folder = call.repository.default_branch, ".github/ISSUE_TEMPLATE"
    shaped = await _object(call, f"{branch}:{folder}")
    if shaped is not None and shaped["__typename"] == "Tree":
        names = [each.path for each in await in_thread(call.git.tree, f"{branch}:{folder}")]
        shaped["entries"] = [
            {"name": name, "object": await _object(call, f"{branch}:{folder}/{name}")} for name in names
        ]
    return {
        "folder": shaped if shaped is None or "entries" in shaped else {"__typename": "Blob"},
        "hidden": await _object(call, f"{branch}:.github/ISSUE_TEMPLATE.md"),
        "top": await _object(call, f"{branch}:ISSUE_TEMPLATE.md"),
        "docs": await _object(call, f"{branch}:docs/ISSUE_TEMPLATE.md"),
    }


async def _object(call: Call, revision: str) -> Json | None:
    """Shape a file with its text; of a folder only say that it is one."""
    found = await in_thread(call.git.read, revision)
    if found is None:
        return None
    if found.kind == "tree":
        return {"__typename": "Tree"}
    is_text = b"\0" not in found.content
    text = found.content.decode("utf-8", "replace") if is_text else None
    return {"__typename": "Blob", "text": text, "isTruncated": False}


async def closing_issues(call: Call, given: Fields) -> Json:
    """List the issues a pull request closes when it is merged."""
    enter_named(call, given, app="pull_requests:read")
    number = given.number("number") or 0
    issue = call.store.issues.one(number=(call.repository.id, number))
    pull = call.store.pulls.get(issue.pull_id) if issue is not None and issue.pull_id is not None else None
    if issue is None or pull is None:
        raise Problem(404, f"Could not resolve to a PullRequest with the number of {number}.")
    nodes = [
        {
            "number": each.number,
            "title": each.title,
            "state": each.state.upper(),
            "repository": {"nameWithOwner": call.view.name(call.store.repositories[each.repository_id])},
        }
        for each in linking.closed_by(call.house, issue, pull)
    ]
    return {"pullRequest": {"closingIssuesReferences": {"nodes": nodes}}}


async def duplicate_marks(call: Call, given: Fields) -> Json:
    """List closed issues with the marks that say which others they repeat, and what closed them."""
    enter_named(call, given, app="issues:read")
    after, since = given.text("after"), given.text("since") or ""
    if after is not None and not after.isdecimal():
        raise Problem(422, f"`{after}` does not appear to be a valid cursor.")
    closed = [
        each
        for each in call.store.issues.all(repository=call.repository.id)
        if each.pull_id is None
        and each.state == "closed"
        and each.number > int(after or 0)
        and each.updated_at >= since
    ]
    shown = closed[:ISSUES_PER_PAGE]
    return {
        "issues": {
            "pageInfo": {
                "hasNextPage": len(closed) > len(shown),
                "endCursor": str(shown[-1].number) if shown else None,
            },
            "nodes": [
                {"number": each.number, "timelineItems": {"nodes": _outcomes(call, each)}} for each in shown
            ],
        }
    }


def _outcomes(call: Call, issue: Issue) -> list[Json]:
    """Shape the marks of an issue, and its closing, oldest first."""
    kinds = {
        "marked_as_duplicate": "MarkedAsDuplicateEvent",
        "unmarked_as_duplicate": "UnmarkedAsDuplicateEvent",
    }
    shaped: list[Json] = []
    for each in call.store.happenings.all(issue=issue.id):
        if each.event in kinds:
            kind, original = kinds[each.event], _canonical(call, each)
            shaped.append({"__typename": kind, "isCrossRepository": False, "canonical": original})
        elif each.event == "closed":
            shaped.append({"__typename": "ClosedEvent", "closer": _closer(call, each)})
    return shaped


def _closer(call: Call, entry: Happening) -> Json | None:
    """Shape the merged pull request that closed an issue; a person or an App is no closer."""
    pull = call.store.pulls.get(entry.details["closer"]) if "closer" in entry.details else None
    if pull is None:
        return None
    return {
        "__typename": "PullRequest",
        "number": call.store.issues[pull.issue_id].number,
        "merged": pull.merged_at is not None,
        "mergeCommit": {"oid": pull.merge_commit_sha} if pull.merge_commit_sha else None,
        "repository": {"nameWithOwner": call.view.name(call.store.repositories[pull.repository_id])},
    }


def _canonical(call: Call, entry: Happening) -> Json | None:
    original = call.store.issues.get(entry.details["canonical"])
    if original is None:
        return None
    kind = "Issue" if original.pull_id is None else "PullRequest"
    return {"__typename": kind, "number": original.number}


OPERATIONS = {
    "DiscussionForum": Operation("repository", discussion_forum),
    "OwnDiscussions": Operation("repository", own_discussions),
    "Blame": Operation("repository", blame),
    "IssueForms": Operation("repository", issue_forms),
    "ClosingIssues": Operation("repository", closing_issues),
    "DuplicateMarks": Operation("repository", duplicate_marks),
}
