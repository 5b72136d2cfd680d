"""Make several changes in one request, where GraphQL can and REST cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions import ReportCheck
from bot.events import Nodes, Thread
from bot.github.client import InstallationClient
from bot.github.graphql import query_text
from bot.github.permissions import needs


class TogetherWrites:
    """Writes of several kinds at once."""

    client: InstallationClient

    @needs(checks="write", issues="write", pull_requests="write")
    async def swap_labels_and_report(
        self,
        thread: Thread,
        nodes: Nodes,
        taken: Sequence[str],
        added: Sequence[str],
        report: ReportCheck,
        external_id: str,
    ) -> list[str]:
        """Take labels away, add others and post a finished check run; give what the first of these left.

        ``taken`` and ``added`` are what GraphQL calls the labels by. The fields of a mutation are carried
        out one after the other (GraphQL specification, "Mutation"), so what is left is told before
        anything is added. A check run has at most
        :data:`~bot.github.writer.checks.ANNOTATIONS_PER_REQUEST` annotations here.

        Raises:
            RefusedError: one of the three was refused; the others may have been done.
        """
        answer = await self.client.query(
            query_text("SwapLabelsAndReport"),
            within=thread.repository,
            thread=nodes.thread,
            taken=list(taken),
            added=list(added),
            check=check_input(report, nodes.repository, external_id),
        )
        left = answer["removeLabelsFromLabelable"]["labelable"]["labels"]["nodes"]
        return [label["name"] for label in left]


def check_input(report: ReportCheck, repository: str, external_id: str) -> dict[str, Any]:
    """Write a check run as GraphQL takes it (input object ``CreateCheckRunInput``)."""
    return {
        "repositoryId": repository,
        "headSha": report.commit,
        "name": report.name,
        "externalId": external_id,
        "status": "COMPLETED",
        "conclusion": report.conclusion.upper(),
        "output": {
            "title": report.title,
            "summary": report.summary,
            "annotations": [
                {
                    "path": annotation.path,
                    "location": {
                        "startLine": annotation.line,
                        "endLine": annotation.line,
                        **(
                            {"startColumn": annotation.column, "endColumn": annotation.column}
                            if annotation.column
                            else {}
                        ),
                    },
                    "annotationLevel": annotation.level.upper(),
                    "message": annotation.message,
                }
                for annotation in report.annotations
            ],
        },
    }
