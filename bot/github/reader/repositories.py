"""Read what a repository has for all of its threads: labels, milestones, who works on it, discussions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import quote

from bot.commands import Permission
from bot.errors import GoneError
from bot.events import Repository
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import owner_and_name
from bot.reads import DiscussionCategory, DiscussionForum, GitHubRelease, OwnDiscussion

RELEASES_LISTED = 30
"""Releases among which the one before another is looked for."""

COMPARED_PAGES = 5
"""Pages of a hundred commits that are read at most of what lies between two releases."""

LABELS_KEPT = 600.0
"""Seconds a repository's list of labels is trusted before it is asked for again."""


class RepositoryReads:
    """Reads about repositories."""

    client: InstallationClient
    labels_seen: dict[str, tuple[float, dict[str, str]]]

    @needs(metadata="read")
    async def repository(self, name: str) -> Repository:
        """Read a repository as it is now.

        Raises:
            GoneError: it was deleted, or the App may not see it any more.
        """
        return Repository.model_validate(await self.client.get(f"/repos/{name}"))

    @needs(metadata="read")
    async def repository_node(self, name: str) -> str:
        """Give what GraphQL calls a repository by; raises as :meth:`repository`."""
        return str((await self.client.get(f"/repos/{name}"))["node_id"])

    @needs(metadata="read")
    async def permission(self, repository: str, login: str, account: int = 0) -> Permission:
        """Ask what a person may do in a repository, now.

        With ``account``, GitHub's number of theirs, whoever else has their login by now may do nothing.
        The role is used where GitHub gives one it documents; a custom role counts as the
        ``permission`` it extends (REST "Get repository permissions for a user").
        """
        try:
            answer = await self.client.get(
                f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission"
            )
        except GoneError:
            return Permission.NONE
        if account and answer["user"]["id"] != account:
            return Permission.NONE
        return Permission.held(answer.get("role_name") or "", answer["permission"])

    async def label_names(self, repository: str) -> frozenset[str]:
        """List the repository's labels, at most ten minutes old."""
        return frozenset(await self.label_nodes(repository))

    @needs(issues="read")
    async def label_nodes(self, repository: str) -> Mapping[str, str]:
        """Give what GraphQL calls each of the repository's labels by, at most ten minutes old."""
        kept = self.labels_seen.get(repository)
        if kept is None or time.monotonic() - kept[0] > LABELS_KEPT:
            labels = self.client.pages(f"/repos/{repository}/labels?per_page=100")
            kept = time.monotonic(), {label["name"]: label["node_id"] async for label in labels}
            self.labels_seen[repository] = kept
        return kept[1]

    @needs(issues="read")
    async def milestones(self, repository: str) -> dict[str, int]:
        """List the open milestones: number by title (REST "List milestones")."""
        items = self.client.pages(f"/repos/{repository}/milestones?state=open&per_page=100")
        return {item["title"]: item["number"] async for item in items}

    @needs(issues="read")
    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        """Tell whether somebody can be assigned, to a thread where one is named.

        Whoever takes part in a thread can be assigned to it (REST "Check if a user can be assigned to a
        issue"); without a thread only those who work on the repository ("Check if a user can be assigned").
        """
        place = "" if number is None else f"/issues/{number}"
        try:
            await self.client.get(f"/repos/{repository}{place}/assignees/{quote(login, safe='')}")
        except GoneError:
            return False
        return True

    @needs(contents="read")
    async def github_release(self, repository: str, tag: str) -> GitHubRelease | None:
        """Read the published release of a tag, or ``None`` (REST "Get a release by tag name")."""
        try:
            found = await self.client.get(f"/repos/{repository}/releases/tags/{quote(tag, safe='/')}")
        except GoneError:
            return None
        return GitHubRelease(id=found["id"], body=found["body"] or "")

    @needs(contents="read")
    async def previous_release(self, repository: str, tag: str) -> str | None:
        """Give the tag of the release before one (REST "List releases", newest first).

        ``None`` when there is none, or the release is not among the newest :data:`RELEASES_LISTED`.
        """
        listed = await self.client.get(f"/repos/{repository}/releases?per_page={RELEASES_LISTED}")
        tags = [str(release["tag_name"]) for release in listed if not release["draft"]]
        if tag not in tags:
            return None
        return next((other for other in tags[tags.index(tag) + 1 :] if other != tag), None)

    @needs(contents="read")
    async def commits_between(self, repository: str, base: str, head: str) -> frozenset[str]:
        """List the commits that are in ``head`` and not in ``base``, both tags, branches or commits.

        Of more than :data:`COMPARED_PAGES` pages the oldest (REST "Compare two commits").

        Raises:
            GoneError: one of them is not there, or they have nothing in common.
        """
        span = f"{quote(base, safe='')}...{quote(head, safe='')}"
        path: str | None = f"/repos/{repository}/compare/{span}?per_page=100"
        commits: set[str] = set()
        for _ in range(COMPARED_PAGES):
            if path is None:
                break
            page, path = await self.client.page(path)
            commits.update(commit["sha"] for commit in page["commits"])
        return frozenset(commits)

    @needs(discussions="read")
    async def discussion_categories(self, repository: str) -> DiscussionForum:
        """Read where discussions can be opened (GraphQL ``Repository.discussionCategories``).

        Raises:
            GoneError: there is no such repository.
        """
        answer = await self.client.query(
            query_text("DiscussionForum"), within=repository, **owner_and_name(repository)
        )
        found = answer["repository"]
        return DiscussionForum(
            repository=found["id"],
            enabled=found["hasDiscussionsEnabled"],
            categories=tuple(
                DiscussionCategory(each["id"], each["name"], each["slug"], each["isAnswerable"])
                for each in found["discussionCategories"]["nodes"]
            ),
        )

    @needs(discussions="read")
    async def own_discussions(self, repository: str) -> tuple[OwnDiscussion, ...]:
        """List those of the 50 newest discussions that the App opened, newest first; raises as above."""
        answer = await self.client.query(
            query_text("OwnDiscussions"), within=repository, **owner_and_name(repository)
        )
        return tuple(
            OwnDiscussion(each["url"], each["body"])
            for each in answer["repository"]["discussions"]["nodes"]
            if each["viewerDidAuthor"]
        )
