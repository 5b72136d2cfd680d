"""What starts a release and what decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.release.approvals import Person
from bot.release.files import OddFile, ReleaseFile


@dataclass(frozen=True)
class ReleaseRequest:
    """Say what to release: the model that ``repository`` (owner/name) holds at ``commit``.

    ``id`` names this attempt and is fit for a folder's name. ``requester_account`` is GitHub's number of
    the requester's account, which outlives a rename; 0 when it is not known. ``private`` is whether the
    repository was private then: its name is then not told on the Hub.
    """

    id: str
    repository: str
    commit: str
    requester: str
    requester_account: int = 0
    private: bool = False

    @property
    def asked_by(self) -> Person:
        """Say who asked for it."""
        return Person(self.requester, self.requester_account)


@dataclass(frozen=True)
class Collected:
    """Hold what was collected: the manifest's text, the files and the digest approvals are given for."""

    manifest: str
    files: tuple[ReleaseFile, ...]
    odd: tuple[OddFile, ...]
    digest: str


class DecisionKind(StrEnum):
    """What a person can decide about a waiting release."""

    APPROVE = "approve"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Decision:
    """Hold one person's decision; ``permission`` is theirs at that moment, ``digest`` what they approved.

    ``account`` is GitHub's number of their account, 0 when it is not known.
    """

    kind: DecisionKind
    login: str
    permission: str
    digest: str = ""
    account: int = 0
