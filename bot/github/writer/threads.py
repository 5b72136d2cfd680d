"""Change an issue or pull request: its labels, its people, its words and its state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote

from bot.github.client import InstallationClient
from bot.github.permissions import needs
from bot.rendering import fit

ASSIGNEES = 10
"""People GitHub assigns to one thread at most (REST "Add assignees to an issue")."""

LockReason = Literal["off-topic", "too heated", "resolved", "spam"]
StateReason = Literal["completed", "not_planned", "duplicate"]


class ThreadWrites:
    """Writes to single issues and pull requests."""

    client: InstallationClient

    @needs(issues="write", pull_requests="write")
    async def react(self, repository: str, number: int, comment: int | None, content: str) -> None:
        """Put a reaction on a comment, or on the thread itself; GitHub keeps one of each kind."""
        reactions = _reactions(repository, number, comment)
        await self.client.write("POST", reactions, {"content": content})

    @needs(issues="write", pull_requests="write")
    async def take_back_reaction(
        self, repository: str, number: int, comment: int | None, content: str, login: str
    ) -> None:
        """Take back the reaction of somebody, who can only be the bot itself, where there is one."""
        reactions = _reactions(repository, number, comment)
        async for one in self.client.pages(f"{reactions}?content={quote(content)}&per_page=100"):
            if one["user"] is not None and one["user"]["login"] == login:
                await self.client.write("DELETE", f"{reactions}/{one['id']}")

    @needs(issues="read", pull_requests="read")
    async def labels(self, repository: str, number: int) -> list[str]:
        """Read the labels a thread has at this moment."""
        items = self.client.pages(f"/repos/{repository}/issues/{number}/labels?per_page=100")
        return [item["name"] async for item in items]

    @needs(issues="write", pull_requests="write")
    async def add_labels(self, repository: str, number: int, names: Sequence[str]) -> None:
        """Add labels, leaving the others alone."""
        await self.client.write(
            "POST", f"/repos/{repository}/issues/{number}/labels", {"labels": list(names)}
        )

    @needs(issues="write", pull_requests="write")
    async def remove_label(self, repository: str, number: int, name: str) -> list[str]:
        """Take one label away and give those that are left (REST "Remove a label from an issue")."""
        left = await self.client.write(
            "DELETE", f"/repos/{repository}/issues/{number}/labels/{quote(name, safe='')}"
        )
        return [label["name"] for label in left]

    @needs(issues="write")
    async def open_issue(self, repository: str, title: str, body: str) -> int:
        """Open an issue and give its number (REST "Create an issue"); what is too long is cut."""
        answer = await self.client.write(
            "POST", f"/repos/{repository}/issues", {"title": title, "body": fit(body)}
        )
        return int(answer["number"])

    @needs(issues="write", pull_requests="write")
    async def post_comment(self, repository: str, number: int, body: str) -> int:
        """Post a comment and give its id; what is too long is cut."""
        answer = await self.client.write(
            "POST", f"/repos/{repository}/issues/{number}/comments", {"body": fit(body)}
        )
        return int(answer["id"])

    @needs(issues="write", pull_requests="write")
    async def edit_comment(self, repository: str, comment: int, body: str) -> None:
        """Replace the text of a comment; what is too long is cut."""
        path = f"/repos/{repository}/issues/comments/{comment}"
        await self.client.write("PATCH", path, {"body": fit(body)})

    @needs(issues="write", pull_requests="write")
    async def assign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        """Assign people and give all who are assigned now (REST "Add assignees to an issue").

        GitHub leaves out whoever cannot be assigned, and those beyond :data:`ASSIGNEES`, without a word.
        """
        path = f"/repos/{repository}/issues/{number}/assignees"
        return _assignees(await self.client.write("POST", path, {"assignees": list(logins)}))

    @needs(issues="write", pull_requests="write")
    async def unassign(self, repository: str, number: int, logins: Sequence[str]) -> list[str]:
        """Take people off a thread and give all who are left (REST "Remove assignees from an issue")."""
        path = f"/repos/{repository}/issues/{number}/assignees"
        return _assignees(await self.client.write("DELETE", path, {"assignees": list(logins)}))

    @needs(issues="write", pull_requests="write")
    async def set_milestone(self, repository: str, number: int, milestone: int | None) -> None:
        """Put a thread under the milestone of this number, or under none (REST "Update an issue")."""
        await self._update(repository, number, {"milestone": milestone})

    @needs(issues="write", pull_requests="write")
    async def set_state(
        self,
        repository: str,
        number: int,
        state: Literal["open", "closed"],
        state_reason: StateReason | None = None,
    ) -> None:
        """Close or reopen a thread (REST "Update an issue"); a pull request has no reason."""
        reason = {"state_reason": state_reason} if state_reason is not None else {}
        await self._update(repository, number, {"state": state, **reason})

    @needs(issues="write", pull_requests="write")
    async def edit_text(
        self, repository: str, number: int, title: str | None = None, body: str | None = None
    ) -> None:
        """Change a thread's title, its text, or both; what is ``None`` stays (REST "Update an issue")."""
        given = {"title": title, "body": body}
        await self._update(
            repository, number, {name: text for name, text in given.items() if text is not None}
        )

    @needs(issues="write", pull_requests="write")
    async def lock(self, repository: str, number: int, reason: LockReason | None = None) -> None:
        """Let only those with write access comment (REST "Lock an issue")."""
        body = {"lock_reason": reason} if reason is not None else {}
        await self.client.write("PUT", f"/repos/{repository}/issues/{number}/lock", body)

    @needs(issues="write", pull_requests="write")
    async def unlock(self, repository: str, number: int) -> None:
        """Let everybody comment again (REST "Unlock an issue")."""
        await self.client.write("DELETE", f"/repos/{repository}/issues/{number}/lock")

    async def _update(self, repository: str, number: int, fields: dict[str, Any]) -> None:
        await self.client.write("PATCH", f"/repos/{repository}/issues/{number}", fields)


def _assignees(issue: dict[str, Any]) -> list[str]:
    return [person["login"] for person in issue["assignees"]]


def _reactions(repository: str, number: int, comment: int | None) -> str:
    """Give the path of the reactions to a comment, or to the thread itself."""
    place = f"issues/comments/{comment}" if comment is not None else f"issues/{number}"
    return f"/repos/{repository}/{place}/reactions"
