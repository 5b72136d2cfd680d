"""Gate: the model card is complete."""

from __future__ import annotations

from bot.cards.artifacts import CannotRead, open_file
from bot.cards.front_matter import split
from bot.cards.lint import lint
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest

NAME = "card"
CARD = "README.md"
"""The card is this file at the top of the model's folder, as on the Hub (Hub docs: model cards)."""
MAX_BYTES = 4 * 1024 * 1024
_REMEDY = "Mend the card, or write it anew with /model-card."


def check(candidate: Candidate) -> GateResult:
    """Fail on a missing card, an error in it, or another licence than the manifest's; warn on the rest."""
    declared = need_manifest(candidate)
    if CARD not in {file.path for file in candidate.files}:
        return GateResult(NAME, Outcome.FAIL, (f"{CARD} is missing",), "Write the card with /model-card.")
    try:
        with open_file(candidate.folder / CARD) as file:
            text = file.read(MAX_BYTES).decode("utf-8-sig")
    except (CannotRead, UnicodeDecodeError):
        return GateResult(NAME, Outcome.FAIL, (f"{CARD} is not UTF-8 text",), "Save the card as UTF-8.")
    report = lint(text, candidate.folder)
    shown = tuple(f"{CARD}:{finding.line}: {finding.message}" for finding in report.findings)
    if report.errors:
        return GateResult(NAME, Outcome.FAIL, shown, _REMEDY)
    written = split(text).data.get("license")
    if written != declared.license:
        evidence = f"the card says license: {written}, the manifest says {declared.license}"
        return GateResult(NAME, Outcome.FAIL, (evidence, *shown), "Make the two agree.")
    outcome = Outcome.WARN if shown else Outcome.PASS
    return GateResult(NAME, outcome, (*shown, f"completeness {report.score} of 100"))
