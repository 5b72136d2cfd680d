"""Gate: the licence is one the Hub knows."""

from __future__ import annotations

from bot.cards import licences
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest

NAME = "licence"


def check(candidate: Candidate) -> GateResult:
    """Pass when the declared licence is known; what the base models' licences ask for is not looked at."""
    declared = need_manifest(candidate)
    wrong = licences.problem(declared.license, declared.license_name, declared.license_link)
    if wrong:
        remedy = "Set license in the manifest to an id from the Hub's list of licences."
        return GateResult(NAME, Outcome.FAIL, (wrong,), remedy)
    name = declared.license_name or licences.known()[declared.license]
    evidence = [f"{declared.license} ({name})"]
    if declared.base_models:
        evidence.append("the licences of the base models were not compared with it")
    return GateResult(NAME, Outcome.PASS, tuple(evidence))
