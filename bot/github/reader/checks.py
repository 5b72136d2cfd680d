"""Read what checks say about a commit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from bot.github.client import InstallationClient
from bot.github.permissions import needs
from bot.reads import CheckResult, WorkflowRun

_CONCLUSIONS = {"success": "success", "failure": "failure", "error": "failure"}
"""What a status says once it is over (REST "Create a commit status"), as check runs put it."""


class CheckReads:
    """Reads about checks."""

    client: InstallationClient

    @needs(checks="read", statuses="read")
    async def checks(self, repository: str, commit: str) -> tuple[CheckResult, ...]:
        """List the latest check runs and statuses of a commit, all in one list.

        (REST "List check runs for a Git reference" and "Get the combined status for a specific reference".)
        """
        place = f"/repos/{repository}/commits/{quote(commit, safe='')}"
        runs = [run async for page in self._pages(f"{place}/check-runs") for run in page["check_runs"]]
        statuses = [each async for page in self._pages(f"{place}/status") for each in page["statuses"]]
        return (
            *(
                CheckResult(
                    name=run["name"],
                    status=run["status"],
                    conclusion=run["conclusion"],
                    url=run.get("html_url") or "",
                    app=(run.get("app") or {}).get("slug") or "",
                    suite=(run.get("check_suite") or {}).get("id"),
                )
                for run in runs
            ),
            *(
                CheckResult(
                    name=each["context"],
                    status="completed" if each["state"] in _CONCLUSIONS else "in_progress",
                    conclusion=_CONCLUSIONS.get(each["state"]),
                    url=each.get("target_url") or "",
                )
                for each in statuses
            ),
        )

    @needs(actions="read")
    async def workflow_runs(self, repository: str, commit: str) -> tuple[WorkflowRun, ...]:
        """List the GitHub Actions runs on a commit (REST "List workflow runs for a repository")."""
        pages = self._pages(f"/repos/{repository}/actions/runs?head_sha={quote(commit, safe='')}")
        return tuple(
            [
                WorkflowRun(
                    id=run["id"],
                    name=run.get("name") or "",
                    status=run.get("status") or "",
                    conclusion=run.get("conclusion"),
                    attempt=run.get("run_attempt") or 1,
                )
                async for page in pages
                for run in page["workflow_runs"]
            ]
        )

    async def _pages(self, path: str) -> AsyncIterator[Any]:
        """Read a list that GitHub wraps in an object, page by page."""
        following: str | None = f"{path}{'&' if '?' in path else '?'}per_page=100"
        while following is not None:
            page, following = await self.client.page(following)
            yield page
