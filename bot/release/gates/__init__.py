"""The gates a release has to pass: one module each, and one line here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.release.gates import (
    approval,
    card,
    dataset,
    evaluation,
    file_formats,
    licence,
    manifest,
    private_data,
)
from bot.release.gates.results import Candidate, CannotJudge, GateResult, Outcome
from bot.release.gates.waivers import waived

log = logging.getLogger(__name__)

Gate = Callable[[Candidate], GateResult]

GATES: dict[str, Gate] = {
    "manifest": manifest.check,
    "licence": licence.check,
    "file_formats": file_formats.check,
    "private_data": private_data.check,
    "card": card.check,
    "evaluation": evaluation.check,
    "dataset": dataset.check,
    "approval": approval.check,
}
"""Every gate by its name, in the order they are asked and shown."""


def run_gates(candidate: Candidate, gates: dict[str, Gate] = GATES) -> tuple[GateResult, ...]:
    """Ask every gate, then waive what maintainers did.

    A gate that cannot answer counts as not passed and leaves the others to answer.
    """
    answers = tuple(_ask(name, gate, candidate) for name, gate in gates.items())
    return waived(answers, candidate)


def _ask(name: str, gate: Gate, candidate: Candidate) -> GateResult:
    try:
        return gate(candidate)
    except CannotJudge as error:
        return GateResult(name, Outcome.COULD_NOT_RUN, (str(error),))
    except Exception as error:
        log.exception("the gate %s could not run", name)
        reason = f"the check itself failed ({type(error).__name__})"
        return GateResult(
            name, Outcome.COULD_NOT_RUN, (reason,), "Tell the operator; the log has the details."
        )
