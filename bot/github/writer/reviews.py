"""Move a pull request along: ask for reviews, say whether it is a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions import Suggestion
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs


class ReviewWrites:
    """Writes to the code half of pull requests."""

    client: InstallationClient

    @needs(pull_requests="write")
    async def request_reviewers(
        self, repository: str, number: int, logins: Sequence[str], teams: Sequence[str] = ()
    ) -> list[str]:
        """Ask people and teams (slugs) for a review and give all who are asked now, people before teams.

        (REST "Request reviewers for a pull request".)

        Raises:
            RefusedError: 422, and nobody was asked, when one of them wrote the pull request or does not work
                on the repository.
        """
        answer = await self.client.write(
            "POST",
            f"/repos/{repository}/pulls/{number}/requested_reviewers",
            {"reviewers": list(logins), "team_reviewers": list(teams)},
        )
        people = [person["login"] for person in answer["requested_reviewers"]]
        return people + [team["slug"] for team in answer["requested_teams"]]

    @needs(pull_requests="write")
    async def suggest(
        self, repository: str, number: int, commit: str, body: str, suggestions: Sequence[Suggestion]
    ) -> int:
        """Give a review that approves and refuses nothing, with a comment on each place; give its number.

        (REST "Create a review for a pull request".)

        Raises:
            RefusedError: 422, and nothing was said, when a line is not in the diff of the commit.
        """
        comments = [_comment(one) for one in suggestions]
        answer = await self.client.write(
            "POST",
            f"/repos/{repository}/pulls/{number}/reviews",
            {"commit_id": commit, "event": "COMMENT", "body": body, "comments": comments},
        )
        return int(answer["id"])

    @needs(pull_requests="write")
    async def withdraw_requests(self, repository: str, number: int, logins: Sequence[str]) -> None:
        """Take back that people were asked for a review (REST "Remove requested reviewers")."""
        await self.client.write(
            "DELETE",
            f"/repos/{repository}/pulls/{number}/requested_reviewers",
            {"reviewers": list(logins)},
        )

    @needs(pull_requests="write")
    async def set_draft(self, repository: str, pull: str, draft: bool) -> None:
        """Make a pull request a draft, or ready for review; ``pull`` is what GraphQL calls it by.

        (GraphQL ``convertPullRequestToDraft`` and ``markPullRequestReadyForReview``; REST cannot.)
        """
        name = "ConvertToDraft" if draft else "MarkReadyForReview"
        await self.client.query(query_text(name), within=repository, pull=pull)


def _comment(suggestion: Suggestion) -> dict[str, Any]:
    place = {"path": suggestion.path, "body": suggestion.body, "line": suggestion.last, "side": "RIGHT"}
    if suggestion.first == suggestion.last:
        return place
    return place | {"start_line": suggestion.first, "start_side": "RIGHT"}
