"""Read an issue or pull request: what it says now, and what was said and done on it."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from bot.events import Issue, PullRequest
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs
from bot.github.reader.fields import login_of, moment, owner_and_name
from bot.reads import LinkedIssue, PostedComment, TimelineEvent

SEARCHED = 100
"""Threads one search lists at most."""

Part = Literal["author", "assignee", "review-requested"]
"""What somebody is to a thread, in the words of GitHub's search."""


class ThreadReads:
    """Reads about single issues and pull requests."""

    client: InstallationClient

    @needs(issues="read")
    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue, or the issue side of a pull request, as GitHub has it now (REST "Get an issue").

        One that was transferred is read where it is now, with the number it has there.

        Raises:
            GoneError: it was deleted, or issues are switched off.
        """
        return Issue.model_validate(await self.client.get(f"/repos/{repository}/issues/{number}"))

    @needs(issues="read")
    async def own_open_issue(self, repository: str, login: str, marker: str) -> int | None:
        """Find the newest open issue of somebody with a marker at its top (REST "List repository issues")."""
        path = f"/repos/{repository}/issues?creator={quote(login, safe='')}&state=open&per_page=100"
        async for issue in self.client.pages(path):
            if "pull_request" not in issue and str(issue["body"] or "").startswith(marker):
                return int(issue["number"])
        return None

    @needs(issues="read")
    async def thread_node(self, repository: str, number: int) -> str:
        """Give what GraphQL calls an issue or pull request by; raises as :meth:`issue`."""
        return str((await self.client.get(f"/repos/{repository}/issues/{number}"))["node_id"])

    @needs(issues="read")
    async def whereabouts(self, repository: str, number: int) -> tuple[str, int]:
        """Tell the repository an issue is in now and its number there; raises as :meth:`issue`."""
        found = await self.client.get(f"/repos/{repository}/issues/{number}")
        return "/".join(found["repository_url"].rsplit("/", 2)[-2:]), found["number"]

    @needs(pull_requests="read")
    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as GitHub has it now."""
        return PullRequest.model_validate(await self.client.get(f"/repos/{repository}/pulls/{number}"))

    @needs(pull_requests="read")
    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        """Find the open pull request from a branch of the repository itself."""
        head = quote(f"{repository.split('/')[0]}:{branch}", safe="")
        found = await self.client.get(f"/repos/{repository}/pulls?state=open&head={head}")
        return PullRequest.model_validate(found[0]) if found else None

    @needs(issues="read")
    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        """List a thread's comments, oldest first."""
        items = self.client.pages(f"/repos/{repository}/issues/{number}/comments?per_page=100")
        return [
            PostedComment(
                id=item["id"],
                author=login_of(item.get("user")),
                body=item.get("body") or "",
                node=item["node_id"],
                created_at=moment(item["created_at"]),
            )
            async for item in items
        ]

    @needs(issues="read")
    async def label_setters(self, repository: str, number: int, label: str) -> list[tuple[str, str]]:
        """List who added or removed a label on a thread, in order, as ``(event, login)``."""
        events = self.client.pages(f"/repos/{repository}/issues/{number}/events?per_page=100")
        return [
            (event["event"], login_of(event.get("actor")))
            async for event in events
            if event["event"] in ("labeled", "unlabeled") and event["label"]["name"] == label
        ]

    @needs(issues="read")
    async def timeline_events(self, repository: str, number: int) -> tuple[TimelineEvent, ...]:
        """List what happened to a thread, oldest first (REST "List timeline events for an issue").

        ``marked_as_duplicate`` does not say of which issue: :meth:`HistoryReads.outcomes` does.
        """
        items = self.client.pages(f"/repos/{repository}/issues/{number}/timeline?per_page=100")
        return tuple([_event(item) async for item in items])

    @needs(pull_requests="read", issues="read")
    async def closing_issues(self, repository: str, number: int) -> tuple[LinkedIssue, ...]:
        """List the issues a pull request closes, at most 50 (GraphQL ``closingIssuesReferences``).

        They are those its words name with a closing keyword, and those linked by hand.

        Raises:
            GoneError: there is no such pull request.
        """
        answer = await self.client.query(
            query_text("ClosingIssues"), within=None, **owner_and_name(repository), number=number
        )
        nodes = answer["repository"]["pullRequest"]["closingIssuesReferences"]["nodes"]
        return tuple(
            LinkedIssue(
                repository=node["repository"]["nameWithOwner"],
                number=node["number"],
                title=node["title"],
                state=node["state"].lower(),
            )
            for node in nodes
            if node is not None
        )

    @needs(issues="read", pull_requests="read")
    async def open_threads_of(
        self, repository: str, login: str, part: Part = "assignee", kind: Literal["issue", "pr"] = "issue"
    ) -> tuple[int, ...]:
        """List the open threads somebody has a part in, newest first, at most :data:`SEARCHED`.

        The search has a limit of its own, 30 requests a minute, and may be some seconds behind
        (REST "Search issues and pull requests").
        """
        words = f"repo:{repository} is:{kind} is:open {part}:{login}"
        answer = await self.client.get(f"/search/issues?q={quote(words, safe='')}&per_page={SEARCHED}")
        return tuple(item["number"] for item in answer["items"])


def _event(item: dict[str, Any]) -> TimelineEvent:
    """Read an entry of a timeline; each kind has its own fields, and commits have no actor."""
    source = (item.get("source") or {}).get("issue") or {}
    return TimelineEvent(
        event=item.get("event", ""),
        actor=login_of(item.get("actor") or item.get("user")),
        at=moment(item.get("created_at") or item.get("submitted_at")),
        label=(item.get("label") or {}).get("name") or "",
        assignee=login_of(item.get("assignee")),
        reviewer=login_of(item.get("requested_reviewer")),
        source=_place(source) if source else "",
    )


def _place(issue: dict[str, Any]) -> str:
    repository = "/".join(issue["repository_url"].rsplit("/", 2)[-2:])
    return f"{repository}#{issue['number']}"
