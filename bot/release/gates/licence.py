"""Gate: the licence is one the Hub knows."""

from __future__ import annotations

from bot.cards import licences
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest

NAME = "licence"


def check(candidate: Candidate) -> GateResult:
    """Pass when the declared licence is known; what the base models' licences ask for is not looked at.

    That the card says the same, of the licence and of the base models, is for the card's own gate.
    """
    declared = need_manifest(candidate)
    wrong = licences.problem(declared.license, declared.license_name, declared.license_link)
    if wrong:
        remedy = "Set license in the manifest to an id from the Hub's list of licences."
        return GateResult(NAME, Outcome.FAIL, (wrong,), remedy)
    link = declared.license_link
    is_file = link is not None and not link.startswith(("https://", "http://"))
    if link and is_file and link.removeprefix("./") not in {file.path for file in candidate.files}:
        wrong = f"license_link names {link}, which is neither an address nor a file of the release"
        return GateResult(NAME, Outcome.FAIL, (wrong,), "Add that file to the model's folder.")
    name = licences.known()[declared.license]
    if declared.license == licences.OTHER:
        name = f"{declared.license_name}, {link}"
    elif declared.license_name or link:
        wrong = f"license_name and license_link are for license: other, and the licence is {declared.license}"
        return GateResult(NAME, Outcome.FAIL, (wrong,), "Remove them, or set license: other.")
    evidence = [f"{declared.license} ({name})"]
    if declared.base_models:
        evidence.append("the licences of the base models were not compared with it")
    return GateResult(NAME, Outcome.PASS, tuple(evidence))
