"""Gate: enough people approved exactly this content, none of them the one who asked for the release."""

from __future__ import annotations

from bot.release.approvals import judge
from bot.release.gates.results import Candidate, GateResult, Outcome, need_manifest

NAME = "approval"


def check(candidate: Candidate) -> GateResult:
    """Pass with enough approvals, those of everybody who waived a gate among them; wait otherwise.

    It cannot be waived.
    """
    declared = need_manifest(candidate)
    judged = judge(
        candidate.approvals,
        requester=candidate.requester,
        digest=candidate.digest,
        needed=declared.approvers,
    )
    given = tuple(f"{login} approved" for login in judged.approvers)
    standing_in = {login.casefold() for login in judged.waiving}
    if candidate.requester is not None:  # a waiver of theirs waives nothing, so nobody has to stand in for it
        standing_in.add(candidate.requester.login.casefold())
    lacking = sorted({one.by for one in declared.waivers if one.by.casefold() not in standing_in})
    if lacking:
        remedy = f"{', '.join(lacking)} waived a gate, and has to approve this content, as a maintainer."
        return GateResult(NAME, Outcome.WAITING, given + judged.refused, remedy)
    if judged.missing == 0:
        return GateResult(NAME, Outcome.PASS, given + judged.refused)
    people = "one more person" if judged.missing == 1 else f"{judged.missing} more people"
    who = candidate.requester.login if candidate.requester else "who asked for it"
    remedy = f"It needs {people} with write permission, other than {who}, to approve it."
    return GateResult(NAME, Outcome.WAITING, given + judged.refused, remedy)
