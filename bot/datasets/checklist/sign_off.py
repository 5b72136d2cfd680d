"""Decide whose sign-offs hold: for exactly these data and rules, and never the author's alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

MAY_SIGN = frozenset({"write", "maintain", "admin"})
"""Permissions that count, as GitHub's collaborator-permission endpoint names them."""

STATEMENT = "I looked at these data and at the evidence, and what is left open is as I ticked it."
"""What somebody states who signs off without words of their own."""


class Signer(BaseModel):
    """Name a person by login, for people to read, and by GitHub's number of the account.

    A login can be changed and then taken by somebody else; the number stays (GitHub docs: changing your
    username). ``account`` is 0 when it is not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: str
    account: int = 0

    def is_same_as(self, other: Signer) -> bool:
        """Compare the accounts, or the logins without case where an account is not known."""
        if self.account and other.account:
            return self.account == other.account
        return self.login.casefold() == other.login.casefold()


class SignOff(BaseModel):
    """One person's word for one set of data under one set of rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signer: Signer
    permission: str
    """What the person might do in the repository at that moment."""
    role: str = Field(min_length=1, max_length=100)
    statement: str = Field(default=STATEMENT, max_length=1000)
    digest: str
    """Digest of the data that were looked at."""
    rules: str
    """Version of the rules that the evidence was found by."""
    checklist: str
    day: str
    """The day it was given, as ``2026-11-21``."""


@dataclass(frozen=True)
class SignOffs:
    """Which sign-offs hold, which do not and why, and whether they are enough."""

    valid: tuple[SignOff, ...]
    void: tuple[tuple[SignOff, str], ...]
    enough: bool
    missing: str
    """What is missing; empty when they are enough."""


def judge_sign_offs(
    given: Iterable[SignOff], *, authors: Iterable[Signer], digest: str, rules: str
) -> SignOffs:
    """Tell which sign-offs hold for these data and rules; one by somebody other than an author is needed."""
    valid: list[SignOff] = []
    void: list[tuple[SignOff, str]] = []
    for one in given:
        reason = _reason_against(one, digest, rules)
        if reason:
            void.append((one, reason))
        elif not any(one.signer.is_same_as(other.signer) for other in valid):
            valid.append(one)
    wrote = tuple(authors)
    others = [one for one in valid if not any(one.signer.is_same_as(author) for author in wrote)]
    missing = ""
    if not valid:
        missing = "Nobody has signed these data off."
    elif not others:
        missing = "Only an author has signed; somebody who brought none of the data has to sign as well."
    return SignOffs(tuple(valid), tuple(void), bool(others), missing)


def _reason_against(one: SignOff, digest: str, rules: str) -> str | None:
    if one.digest != digest:
        return "the data changed since"
    if one.rules != rules:
        return "the rules changed since"
    if one.permission not in MAY_SIGN:
        return "given without write permission"
    return None
