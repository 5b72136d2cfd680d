"""Put things where they belong: issues elsewhere, words out of sight, questions in discussions."""

from __future__ import annotations

from typing import Literal

from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs

HideReason = Literal["ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM"]
"""Why a comment is hidden (GraphQL enum ``ReportedContentClassifiers``)."""


class PlaceWrites:
    """Writes about places; what only GraphQL offers goes by the ids it gives things."""

    client: InstallationClient

    @needs(issues="write")
    async def transfer_issue(self, issue: str, repository: str) -> tuple[str, int]:
        """Move an issue to another repository of the same owner; give its new repository and number.

        The App must be installed on both. Labels the other repository has not are lost (GraphQL
        ``transferIssue``; "Transferring an issue to another repository").
        """
        answer = await self.client.query(
            query_text("TransferIssue"), within=None, issue=issue, repository=repository
        )
        moved = answer["transferIssue"]["issue"]
        return moved["repository"]["nameWithOwner"], moved["number"]

    @needs(contents="write")
    async def edit_github_release(self, repository: str, release: int, body: str) -> None:
        """Change what the page of a GitHub Release says (REST "Update a release")."""
        await self.client.write("PATCH", f"/repos/{repository}/releases/{release}", {"body": body})

    @needs(issues="write", pull_requests="write")
    async def minimize_comment(self, repository: str, comment: str, reason: HideReason) -> None:
        """Fold a comment away; who wants to can still read it (GraphQL ``minimizeComment``)."""
        await self.client.query(
            query_text("MinimizeComment"), within=repository, comment=comment, reason=reason
        )

    @needs(discussions="write")
    async def create_discussion(
        self, repository: str, forum: str, category: str, title: str, body: str
    ) -> tuple[int, str]:
        """Open a discussion; give its number and its address (GraphQL ``createDiscussion``).

        ``forum`` is what GraphQL calls the repository by.
        """
        answer = await self.client.query(
            query_text("CreateDiscussion"),
            within=repository,
            repository=forum,
            category=category,
            title=title,
            body=body,
        )
        opened = answer["createDiscussion"]["discussion"]
        return opened["number"], opened["url"]
