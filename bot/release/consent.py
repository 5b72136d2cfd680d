"""Decide whether the right people agreed to take something back."""

from __future__ import annotations

from collections.abc import Iterable

from bot.release.approvals import MAY_WAIVE, Approval, Person, judge
from bot.release.gates import approval
from bot.release.gates.results import GateResult, Outcome


def consent(
    approvals: Iterable[Approval], *, requester: Person, digest: str, needed: int, maintainers: bool = False
) -> GateResult:
    """Pass when ``needed`` people other than the requester agreed to exactly this; wait otherwise.

    They need write permission, with ``maintainers`` that of a maintainer: what is deleted for good cannot be
    taken back by a release.
    """
    given = tuple(approvals)
    counted = [one for one in given if not maintainers or one.permission in MAY_WAIVE]
    judged = judge(counted, requester=requester, digest=digest, needed=needed)
    others = {one.login: f"{one.login}: is no maintainer of the repository" for one in given}
    for one in counted:
        others.pop(one.login, None)
    evidence = (
        *(f"{login} approved" for login in judged.approvers),
        *judged.refused,
        *others.values(),
    )
    if judged.missing == 0:
        return GateResult(approval.NAME, Outcome.PASS, evidence)
    people = "one more person" if judged.missing == 1 else f"{judged.missing} more people"
    role = "who maintains the repository" if maintainers else "with write permission"
    remedy = f"It needs {people} {role}, other than {requester.login}, to approve it."
    return GateResult(approval.NAME, Outcome.WAITING, evidence, remedy)
