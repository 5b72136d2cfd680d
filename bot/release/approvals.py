"""Decide whether the right people approved exactly this content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAY_APPROVE = frozenset({"write", "maintain", "admin"})
"""Permissions that count, as GitHub's collaborator-permission endpoint names them."""
MAY_WAIVE = frozenset({"maintain", "admin"})
"""Permissions of a maintainer, whose word waives a gate."""


@dataclass(frozen=True)
class Person:
    """Name a person by login, for people to read, and by GitHub's number of the account.

    A login can be changed and then taken by somebody else; the number stays (GitHub docs: changing your
    username). ``account`` is 0 when it is not known.
    """

    login: str
    account: int = 0

    def is_same_as(self, other: Person) -> bool:
        """Compare the accounts, or the logins without case where an account is not known."""
        if self.account and other.account:
            return self.account == other.account
        return self.login.casefold() == other.login.casefold()


@dataclass(frozen=True)
class Approval:
    """Hold one person's word: who, with which permission at that moment, for which content digest."""

    login: str
    permission: str
    digest: str
    account: int = 0

    @property
    def person(self) -> Person:
        """Say whose word it is."""
        return Person(self.login, self.account)


@dataclass(frozen=True)
class GivenWaiver:
    """Hold one maintainer's word that a gate need not pass: who, which gate, why, for which content digest.

    ``permission`` is what they held at that moment, ``seal`` is that of the gate's result they were shown.
    """

    gate: str
    login: str
    permission: str
    digest: str
    reason: str
    account: int = 0
    seal: str = ""

    @property
    def person(self) -> Person:
        """Say whose word it is."""
        return Person(self.login, self.account)


@dataclass(frozen=True)
class Judgement:
    """Hold who counts as approving, and why others do not."""

    approvers: tuple[str, ...]
    refused: tuple[str, ...]
    missing: int
    waiving: tuple[str, ...] = ()
    """Who of them holds a permission that lets gates be waived."""


def judge(approvals: Iterable[Approval], *, requester: Person | None, digest: str, needed: int) -> Judgement:
    """Count the people who may approve: with write access, not the requester, for this digest.

    Each person counts once, under whatever login.
    """
    counted: list[Person] = []
    refused: list[str] = []
    waiving: list[str] = []
    for approval in approvals:
        reason = _reason_against(approval, requester, digest)
        if reason:
            refused.append(f"{approval.login}: {reason}")
            continue
        if approval.permission in MAY_WAIVE:
            waiving.append(approval.login)
        if not any(approval.person.is_same_as(person) for person in counted):
            counted.append(approval.person)
    approvers = tuple(person.login for person in counted)
    return Judgement(approvers, tuple(dict.fromkeys(refused)), max(0, needed - len(counted)), tuple(waiving))


def _reason_against(approval: Approval, requester: Person | None, digest: str) -> str | None:
    if requester is not None and approval.person.is_same_as(requester):
        return "asked for the release, so somebody else has to approve it"
    if approval.permission not in MAY_APPROVE:
        return "has no write access to the repository"
    if approval.digest != digest:
        return "approved other content than what would be released now"
    return None
