"""What starts a release and what decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.hub.jobs import Origin
from bot.release.approvals import GivenWaiver, Person
from bot.release.files import OddFile, ReleaseFile, WrittenFile
from bot.release.signer import Identity


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
    dry_run: bool = False
    """Whether to ask the gates, show what would be done on the Hub, and do nothing of it."""
    alone: str = ""
    """Why it is released without a second person; only the command line lets somebody say so."""
    waivers: tuple[GivenWaiver, ...] = ()
    """What maintainers waived before it was asked for."""

    @property
    def asked_by(self) -> Person:
        """Say who asked for it."""
        return Person(self.requester, self.requester_account)


class PinKind(StrEnum):
    """What tells one state of a source from every later one."""

    COMMIT = "commit"
    SHA256 = "sha256"
    ETAG = "etag"
    VERSION = "version"


@dataclass(frozen=True)
class Pin:
    """Say where content was taken from and what pins it there.

    ``uri`` carries no secret. A commit and a SHA-256 are hashes of the content; an ETag and a version are
    what the server that gave it calls this state of it, and are worth as much as that server.
    """

    uri: str
    kind: PinKind
    value: str


@dataclass(frozen=True)
class Collected:
    """Hold what was collected: the manifest's text, the files and the digest approvals are given for.

    ``pins`` say where the files came from. ``written`` are those of the files that the source does not
    have: they were written for it.
    """

    manifest: str
    files: tuple[ReleaseFile, ...]
    odd: tuple[OddFile, ...]
    digest: str
    pins: tuple[Pin, ...] = ()
    written: tuple[WrittenFile, ...] = ()
    origins: tuple[Origin, ...] | None = None
    """What the Hub said then about everything the model was made from; None when it was not asked."""


@dataclass(frozen=True)
class Attested:
    """Hold the files that attest an approved release, and why it is not signed; empty when it is.

    ``signer`` is who signed it without a key.
    """

    files: tuple[WrittenFile, ...]
    unsigned: str = ""
    signer: Identity | None = None


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
