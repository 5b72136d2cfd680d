"""Read a repository's whole history of issues, page by page, so that it can be stopped and taken up again."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import owner_and_name
from bot.reads import Outcome

_MARKS = frozenset({"MarkedAsDuplicateEvent", "UnmarkedAsDuplicateEvent"})


class HistoryReads:
    """Reads all issues of a repository."""

    client: InstallationClient

    @needs(issues="read")
    async def issues_page(
        self, repository: str, page: str | None = None, since: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Read a hundred issues and pull requests as GitHub gives them, and name the next page.

        They come oldest first, so that what is opened meanwhile comes last and nothing is left out; with
        ``since``, a moment as GitHub writes it, only those changed from then on, the first changed first.
        The name of a page may be kept for as long as one likes (REST "List repository issues").
        """
        if since is None:
            order = "sort=created&direction=asc"
        else:
            order = f"sort=updated&direction=asc&since={quote(since, safe='')}"
        return await self.client.page(page or f"/repos/{repository}/issues?state=all&{order}&per_page=100")

    @needs(issues="read", pull_requests="read")
    async def outcomes(
        self, repository: str, page: str | None = None, since: str | None = None
    ) -> tuple[dict[int, Outcome], str | None]:
        """Tell for a hundred closed issues what became of them, and name the next page.

        With ``since``, a moment as GitHub writes it, only for issues changed from then on. Marks that were
        taken back, and issues and pull requests of other repositories, are left out (GraphQL
        ``MarkedAsDuplicateEvent`` and ``ClosedEvent``; the REST timeline does not say of what).
        """
        answer = await self.client.query(
            query_text("DuplicateMarks"), within=None, **owner_and_name(repository), after=page, since=since
        )
        issues = answer["repository"]["issues"]
        found = {
            node["number"]: outcome_of(node["timelineItems"]["nodes"], repository) for node in issues["nodes"]
        }
        following = issues["pageInfo"]["endCursor"] if issues["pageInfo"]["hasNextPage"] else None
        return found, following


def outcome_of(events: list[dict[str, Any]], repository: str) -> Outcome:
    """Read what became of an issue; what closed it last counts."""
    closed = [event["closer"] for event in events if event["__typename"] == "ClosedEvent"]
    closer = closed[-1] if closed else None
    if (
        not closer
        or closer["__typename"] != "PullRequest"
        or not closer["merged"]
        or closer["repository"]["nameWithOwner"].casefold() != repository.casefold()
    ):
        return Outcome(marks_of(events))
    return Outcome(marks_of(events), closer["number"], (closer["mergeCommit"] or {}).get("oid") or "")


def marks_of(events: list[dict[str, Any]]) -> tuple[int, ...]:
    """Go through the marks of an issue, put there and taken away, oldest first."""
    standing: dict[int, None] = {}
    for event in events:
        if event["__typename"] not in _MARKS:
            continue
        original = event["canonical"]
        if not original or event["isCrossRepository"]:
            continue
        if event["__typename"] == "MarkedAsDuplicateEvent":
            standing[original["number"]] = None
        else:
            standing.pop(original["number"], None)
    return tuple(standing)
