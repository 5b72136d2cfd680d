"""Decide whether the right people approved exactly this content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAY_APPROVE = frozenset({"write", "maintain", "admin"})
"""Permissions that count, as GitHub's collaborator-permission endpoint names them."""


@dataclass(frozen=True)
class Approval:
    """Hold one person's word: who, with which permission at that moment, for which content digest."""

    login: str
    permission: str
    digest: str


@dataclass(frozen=True)
class Judgement:
    """Hold who counts as approving, and why others do not."""

    approvers: tuple[str, ...]
    refused: tuple[str, ...]
    missing: int


def judge(approvals: Iterable[Approval], *, requester: str | None, digest: str, needed: int) -> Judgement:
    """Count the people who may approve: with write access, not the requester, for this digest.

    Each person counts once; GitHub logins are compared without case.
    """
    counted: dict[str, str] = {}
    refused: list[str] = []
    for approval in approvals:
        reason = _reason_against(approval, requester, digest)
        if reason:
            refused.append(f"{approval.login}: {reason}")
        else:
            counted.setdefault(approval.login.casefold(), approval.login)
    return Judgement(tuple(counted.values()), tuple(dict.fromkeys(refused)), max(0, needed - len(counted)))


def _reason_against(approval: Approval, requester: str | None, digest: str) -> str | None:
    if requester is not None and approval.login.casefold() == requester.casefold():
        return "asked for the release, so somebody else has to approve it"
    if approval.permission not in MAY_APPROVE:
        return "has no write access to the repository"
    if approval.digest != digest:
        return "approved other content than what would be released now"
    return None
