"""Show the parts that features report as one check run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bot import check_parts
from bot.actions import ReportCheck, ReportPart, RerunChecks
from bot.apply.access import Access
from bot.errors import RefusedError
from bot.rendering import fit, render

CHECK_NAME = "giveback"
"""The name of the check run that all features share."""

SUMMARY_LIMIT = 65_535
"""Characters GitHub accepts as the summary of a check run (REST "Create a check run")."""


@dataclass(frozen=True)
class Checks:
    """Reports check runs."""

    access: Access

    async def report(self, action: ReportCheck, key: str, begun: bool) -> str:
        """Report a check run, unless an interrupted attempt did."""
        known = await self.access.writer.find_check(action, key) if begun else None
        return f"check run {known or await self.access.writer.report_check(action, key)}"

    async def report_parts(self, action: ReportPart, begun: bool) -> str:
        """Show all parts of a commit that are known now as one check run.

        A run that says something else is a new one: annotations can be added to a run, never taken away
        (REST "Update a check run"). One that an interrupted attempt posted is looked for.
        """
        unshown = await self.unshown(action)
        if unshown is None:
            return "unchanged"
        run, shown = unshown
        known = await self.access.writer.find_check(run, shown) if begun else None
        number = known or await self.access.writer.report_check(run, shown)
        self.access.put_off(check_parts.note_shown, action.repository, action.commit, shown)
        return f"check run {number}"

    async def unshown(self, action: ReportPart) -> tuple[ReportCheck, str] | None:
        """Write the check run of all parts, and name what it says; ``None`` when it says so already."""
        parts = await self.access.remember(check_parts.parts_of, action.repository, action.commit)
        shown = check_parts.digest(parts)
        if await self.access.remember(check_parts.shown, action.repository, action.commit) == shown:
            return None
        return shared_check(action.repository, action.commit, parts), shown

    async def rerun(self, action: RerunChecks, begun: bool) -> str:
        """Have what failed run again; of what an interrupted attempt began, a refusal is no news.

        Raises:
            RefusedError: some of it GitHub will not run; a line says why for each.
        """
        writer, place = self.access.writer, action.repository
        runs = [partial(writer.rerun_failed, place, run) for run in action.runs]
        suites = [partial(writer.rerequest_suite, place, suite) for suite in action.suites]
        refused = []
        for ask in (*runs, *suites):
            try:
                await ask()
            except RefusedError as error:
                refused.append(" ".join(str(error).split()))
        if refused and not begun:
            raise RefusedError("\n".join(refused), 403)
        return f"asked for {len(runs) + len(suites) - len(refused)}; refused {len(refused)}"


def shared_check(repository: str, commit: str, parts: tuple[ReportPart, ...]) -> ReportCheck:
    """Write the check run that all parts share: it fails when a required part failed."""
    open_parts = [part for part in parts if not part.passed]
    failed = any(part.required for part in open_parts)
    return ReportCheck(
        repository=repository,
        commit=commit,
        name=CHECK_NAME,
        conclusion="failure" if failed else "neutral" if open_parts else "success",
        title=(
            f"{len(open_parts)} of {len(parts)} checks need a look"
            if open_parts
            else "Everything is in order"
        ),
        summary=fit(render("checks/giveback.md.j2", parts=parts), SUMMARY_LIMIT),
        annotations=tuple(annotation for part in parts for annotation in part.annotations),
        reason="; ".join(dict.fromkeys(part.reason for part in parts)),
    )
