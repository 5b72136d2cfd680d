"""Read the settings of another stale bot, and say which of them are not followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from bot.actions import Annotation, ReportCheck
from bot.documents import DocumentError, Problem
from bot.rendering import plain
from bot.triage.stale_rules import StaleRules
from bot.triage.stale_settings import read_probot, read_workflow

CHECK_NAME = "giveback / stale"

SHOWN = 50
"""Problems that are listed in the check run."""


def read_settings(path: str, text: str) -> tuple[StaleRules, ...]:
    """Read a workflow's steps with actions/stale, or the file of probot/stale.

    Raises:
        DocumentError: it is no YAML that can be read.
    """
    if PurePosixPath(path).parent.name == "workflows":
        return read_workflow(text)
    return (read_probot(text),)


def problems_of(path: str, text: str | None) -> list[Problem]:
    """List what is not understood in a file; ``None`` stands for one that is not there."""
    if text is None:
        return [Problem(1, 1, path, "there is no such file, so the section's own values count")]
    try:
        rules = read_settings(path, text)
    except DocumentError as error:
        return list(error.problems)
    if not rules:
        return [Problem(1, 1, path, "no step in it uses actions/stale, so nothing is ever marked")]
    return [problem for one in rules for problem in one.problems]


def report(repository: str, commit: str, path: str, problems: Sequence[Problem]) -> ReportCheck:
    """Report on a file at a commit, each problem at its line."""
    summary = "\n".join(f"- {plain(problem)}" for problem in problems[:SHOWN])
    return ReportCheck(
        repository=repository,
        commit=commit,
        name=CHECK_NAME,
        conclusion="neutral" if problems else "success",
        title=_title(len(problems)),
        summary=summary or "They count from now on.",
        annotations=tuple(
            Annotation(path=path, line=one.line, column=one.column, level="warning", message=one.message)
            for one in problems
        ),
        reason=f"{path} changed",
    )


def _title(problems: int) -> str:
    if not problems:
        return "All settings are followed"
    return f"{problems} settings are not followed" if problems > 1 else "1 setting is not followed"
