"""Read what a pull request changes, by whom, and who looked at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.errors import GoneError
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import login_of, moment, owner_and_name
from bot.reads import BlameRange, ChangedFile, PullCommit, PullReview, RequestedReviewers

FILES_LISTED = 3000
"""Changed files GitHub lists for a pull request at most (REST "List pull requests files")."""

COMMITS_LISTED = 250
"""Commits GitHub lists for a pull request at most (REST "List commits on a pull request")."""


class ReviewReads:
    """Reads about the code half of pull requests."""

    client: InstallationClient

    @needs(pull_requests="read")
    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes, at most :data:`FILES_LISTED` of them."""
        files = self.client.pages(f"/repos/{repository}/pulls/{number}/files?per_page=100")
        return tuple(
            [
                ChangedFile(
                    path=file["filename"],
                    status=file["status"],
                    previous_path=file.get("previous_filename") or "",
                    additions=file["additions"],
                    deletions=file["deletions"],
                    patch=file.get("patch"),
                    sha=file.get("sha") or "",
                )
                async for file in files
            ]
        )

    @needs(pull_requests="read")
    async def open_pull_at(self, repository: str, commit: str) -> int | None:
        """Find the open pull request whose newest commit this is.

        (REST "List pull requests associated with a commit", which also lists those that come from forks.)
        """
        found = await self.client.get(f"/repos/{repository}/commits/{quote(commit)}/pulls?per_page=100")
        numbers = (
            pull["number"] for pull in found if pull["state"] == "open" and pull["head"]["sha"] == commit
        )
        return next(numbers, None)

    @needs(pull_requests="read")
    async def commits_of(self, repository: str, number: int) -> tuple[PullCommit, ...]:
        """List a pull request's commits, oldest first, at most :data:`COMMITS_LISTED` of them."""
        items = self.client.pages(f"/repos/{repository}/pulls/{number}/commits?per_page=100")
        return tuple([_commit(item) async for item in items])

    @needs(pull_requests="read")
    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        """List the reviews of a pull request, oldest first (REST "List reviews for a pull request")."""
        items = self.client.pages(f"/repos/{repository}/pulls/{number}/reviews?per_page=100")
        return tuple(
            [
                PullReview(
                    id=item["id"],
                    author=login_of(item.get("user")),
                    state=item["state"],
                    commit=item.get("commit_id") or "",
                    body=item.get("body") or "",
                    submitted_at=moment(item.get("submitted_at")),
                )
                async for item in items
            ]
        )

    @needs(pull_requests="read")
    async def requested_reviewers(self, repository: str, number: int) -> RequestedReviewers:
        """List who was asked for a review and has not given one (REST "Get all requested reviewers")."""
        answer = await self.client.get(f"/repos/{repository}/pulls/{number}/requested_reviewers")
        return RequestedReviewers(
            people=tuple(person["login"] for person in answer["users"]),
            teams=tuple(team["slug"] for team in answer["teams"]),
        )

    @needs(contents="read")
    async def blame(self, repository: str, commit: str, path: str) -> tuple[BlameRange, ...]:
        """Tell who wrote each line of a file at a commit, in order (GraphQL ``Commit.blame``).

        Raises:
            GoneError: there is no such commit, or no such file at it.
        """
        answer = await self.client.query(
            query_text("Blame"), within=repository, **owner_and_name(repository), commit=commit, path=path
        )
        found = answer["repository"]["object"]
        if found is None or "blame" not in found:
            raise GoneError(f"there is no commit {commit}", 404)
        return tuple(
            BlameRange(
                first_line=each["startingLine"],
                last_line=each["endingLine"],
                login=login_of((each["commit"]["author"] or {}).get("user")),
                age=each["age"],
                commit=each["commit"]["oid"],
                committed_at=datetime.fromisoformat(each["commit"]["committedDate"]),
            )
            for each in found["blame"]["ranges"]
        )


def _commit(item: dict[str, Any]) -> PullCommit:
    author, committer = item["commit"].get("author") or {}, item["commit"].get("committer") or {}
    return PullCommit(
        sha=item["sha"],
        message=item["commit"]["message"],
        author=login_of(item.get("author")),
        author_name=author.get("name") or "",
        author_email=author.get("email") or "",
        committer=login_of(item.get("committer")),
        committer_name=committer.get("name") or "",
        committer_email=committer.get("email") or "",
        parents=len(item["parents"]),
    )
