"""Waive gates that did not pass, on the word of maintainers that stands in the manifest.

The word counts for nothing by itself: the approval gate waits until each of these maintainers approved
exactly this content, with the manifest and so the waiver in it, and who asked for the release cannot approve.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.release.approvals import Person
from bot.release.gates.results import GateResult, Outcome
from bot.release.manifest import Waiver


def waived(
    results: Iterable[GateResult], waivers: Iterable[Waiver], requester: Person | None
) -> tuple[GateResult, ...]:
    """Give the results with those waived that can be; each says by whom and why, or why not."""
    by_gate: dict[str, Waiver] = {waiver.gate: waiver for waiver in waivers}
    return tuple(_judged(result, by_gate.get(result.gate), requester) for result in results)


def _judged(result: GateResult, waiver: Waiver | None, requester: Person | None) -> GateResult:
    if waiver is None or result.passed:
        return result
    if not result.waivable:
        return _refused(result, f"the waiver of {waiver.by} does not count: this cannot be waived")
    if requester is not None and waiver.by.casefold() == requester.login.casefold():
        return _refused(result, f"the waiver of {waiver.by} does not count: they asked for the release")
    said = f"waived by {waiver.by}, once they approve: {waiver.reason}"
    return replace(result, outcome=Outcome.WAIVED, evidence=(said, *result.evidence), remedy=None)


def _refused(result: GateResult, why: str) -> GateResult:
    return replace(result, evidence=(why, *result.evidence))
