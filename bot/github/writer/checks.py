"""Report checks of commits, and have others run again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot.actions import Annotation, ReportCheck
from bot.github.client import InstallationClient
from bot.github.permissions import needs

ANNOTATIONS_PER_REQUEST = 50
"""Annotations a check run takes in one request; more are added by updates (REST "Check runs")."""


class CheckWrites:
    """Writes about checks."""

    client: InstallationClient

    @needs(checks="write")
    async def report_check(self, report: ReportCheck, external_id: str) -> int:
        """Post a finished check run and give its id; annotations beyond the first 50 follow as updates."""
        batches = [
            report.annotations[start : start + ANNOTATIONS_PER_REQUEST]
            for start in range(0, max(1, len(report.annotations)), ANNOTATIONS_PER_REQUEST)
        ]
        answer = await self.client.write(
            "POST",
            f"/repos/{report.repository}/check-runs",
            {
                "name": report.name,
                "head_sha": report.commit,
                "external_id": external_id,
                "status": "completed",
                "conclusion": report.conclusion,
                "output": _output(report, batches[0]),
            },
        )
        for batch in batches[1:]:
            await self.client.write(
                "PATCH",
                f"/repos/{report.repository}/check-runs/{answer['id']}",
                {"output": _output(report, batch)},
            )
        return int(answer["id"])

    @needs(checks="read")
    async def find_check(self, report: ReportCheck, external_id: str) -> int | None:
        """Find the check run that an earlier, interrupted attempt posted."""
        answer = await self.client.get(
            f"/repos/{report.repository}/commits/{report.commit}/check-runs"
            f"?check_name={quote(report.name, safe='')}&per_page=100"
        )
        return next((run["id"] for run in answer["check_runs"] if run["external_id"] == external_id), None)

    @needs(actions="write")
    async def rerun_failed(self, repository: str, run: int) -> None:
        """Run the failed jobs of a GitHub Actions run again (REST "Re-run failed jobs from a workflow run").

        Raises:
            RefusedError: 403 when it is still running, did not fail, or is older than a month.
        """
        await self.client.write("POST", f"/repos/{repository}/actions/runs/{run}/rerun-failed-jobs")

    @needs(checks="write")
    async def rerequest_suite(self, repository: str, suite: int) -> None:
        """Have the App that made a check suite run it again (REST "Rerequest a check suite")."""
        await self.client.write("POST", f"/repos/{repository}/check-suites/{suite}/rerequest")


def _output(report: ReportCheck, annotations: Sequence[Annotation]) -> dict[str, Any]:
    return {
        "title": report.title,
        "summary": report.summary,
        "annotations": [
            {
                "path": annotation.path,
                "start_line": annotation.line,
                "end_line": annotation.line,
                **(
                    {"start_column": annotation.column, "end_column": annotation.column}
                    if annotation.column
                    else {}
                ),
                "annotation_level": annotation.level,
                "message": annotation.message,
            }
            for annotation in annotations
        ],
    }
