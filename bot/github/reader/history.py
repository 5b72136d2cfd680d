"""Read a repository's whole history of issues, page by page, so that it can be stopped and taken up again."""

from __future__ import annotations

from typing import Any

from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import owner_and_name


class HistoryReads:
    """Reads all issues of a repository."""

    client: InstallationClient

    @needs(issues="read")
    async def issues_page(
        self, repository: str, page: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Read a hundred issues and pull requests as GitHub gives them, and name the next page.

        They come oldest first, so that what is opened meanwhile comes last and nothing is left out. The
        name of a page may be kept for as long as one likes (REST "List repository issues").
        """
        first = f"/repos/{repository}/issues?state=all&sort=created&direction=asc&per_page=100"
        return await self.client.page(page or first)

    @needs(issues="read")
    async def duplicate_marks(
        self, repository: str, page: str | None = None
    ) -> tuple[dict[int, tuple[int, ...]], str | None]:
        """Tell for a hundred closed issues which they were marked duplicates of, and name the next page.

        Marks that were taken back, and issues of other repositories, are left out (GraphQL
        ``MarkedAsDuplicateEvent``; the REST timeline does not say of what).
        """
        answer = await self.client.query(
            query_text("DuplicateMarks"), **owner_and_name(repository), after=page
        )
        issues = answer["repository"]["issues"]
        marked = {node["number"]: marks_of(node["timelineItems"]["nodes"]) for node in issues["nodes"]}
        following = issues["pageInfo"]["endCursor"] if issues["pageInfo"]["hasNextPage"] else None
        return {number: marks for number, marks in marked.items() if marks}, following


def marks_of(events: list[dict[str, Any]]) -> tuple[int, ...]:
    """Go through the marks of an issue, put there and taken away, oldest first."""
    standing: dict[int, None] = {}
    for event in events:
        original = event["canonical"]
        if not original or event["isCrossRepository"]:
            continue
        if event["__typename"] == "MarkedAsDuplicateEvent":
            standing[original["number"]] = None
        else:
            standing.pop(original["number"], None)
    return tuple(standing)
