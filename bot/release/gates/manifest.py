"""Gate: the manifest is valid."""

from __future__ import annotations

from bot.release.files import MANIFEST
from bot.release.gates.results import Candidate, GateResult, Outcome

NAME = "manifest"


def check(candidate: Candidate) -> GateResult:
    """Pass when the manifest could be read; otherwise name every problem with its line and column."""
    if candidate.manifest is None:
        problems = tuple(f"{MANIFEST}:{problem}" for problem in candidate.manifest_problems)
        evidence = problems or (f"there is no {MANIFEST}",)
        return GateResult(NAME, Outcome.FAIL, evidence, f"Fix {MANIFEST} on the default branch.")
    declared = candidate.manifest
    return GateResult(NAME, Outcome.PASS, (f"{declared.hub_id} {declared.version}, {declared.visibility}",))
