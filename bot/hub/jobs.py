"""What the service asks of the child process that talks to the Hub, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

SUMS = "SHA256SUMS"
PROVENANCE = "provenance.intoto.json"
BOM = "bom.cdx.json"
SIGNATURE = "model.sig"
ATTESTATIONS = (SUMS, PROVENANCE, BOM, SIGNATURE)
"""Files at the top of a published model that tell how it was released, so that another attempt to release the
same content has others. Each name is the one that the tools of its kind look for."""


@dataclass(frozen=True)
class HubAccess:
    """Say which Hub to talk to and as whom. The token never shows in a representation.

    ``trusted`` names the one repository that a job of GitHub Actions may write to as a trusted publisher; the
    child then exchanges the job's identity for a token itself, and ``token`` is empty. So it is with
    ``unseal``, which decrypts one that is kept encrypted: it is called where a child is started, and what it
    gives is kept by nobody but that child.
    """

    endpoint: str
    token: str = field(repr=False)
    trusted: str = ""
    unseal: Callable[[], str] | None = field(default=None, repr=False, compare=False)

    @property
    def has_token(self) -> bool:
        """Tell whether there is a token."""
        return bool(self.token) or self.unseal is not None

    def open_token(self) -> str:
        """Give the token as it is, decrypted if it has to be; empty without one."""
        return self.unseal() if self.unseal is not None else self.token


@dataclass(frozen=True)
class PublishedFile:
    """Name a file by its path in the repository, its size in bytes and the SHA-256 of its content."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Access:
    """Tell whose token it is, what it may do as the Hub names it, and the organisations it belongs to."""

    name: str
    role: str
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staged:
    """Say where a release is prepared.

    ``url`` is the model's page. ``repository`` is where the files are prepared: the model's own, on
    ``branch``, or without one a private repository beside it. ``base`` is the commit of the model's own main
    branch then, empty when there was no such repository; ``is_new`` says that this release makes it.
    ``complete`` is true when the model already holds exactly the files asked for, and nothing is sent;
    ``left`` is then the repository beside it that an earlier run of the same release may have left behind.
    """

    url: str
    repository: str
    base: str
    complete: bool = False
    branch: str = ""
    is_new: bool = False
    left: str = ""


@dataclass(frozen=True)
class Settled:
    """Say whether a release that broke off while it was published is on the Hub, if that can be known."""

    is_published: bool = False
    is_known: bool = True


@dataclass(frozen=True)
class Prospect:
    """Say what publishing would find at a Hub id, and change.

    ``head`` is the commit of its main branch, empty when there is no such repository, and ``removes`` the
    files there that would go. ``complete`` is true when it holds exactly the files already. ``hindrance``
    says why nothing could be published there, and ``next_step`` what helps. ``branch`` is the one of the
    model's own repository on which it would be prepared, empty for a repository beside it.
    """

    is_there: bool = False
    private: bool = False
    head: str = ""
    complete: bool = False
    removes: tuple[str, ...] = ()
    hindrance: str = ""
    next_step: str = ""
    branch: str = ""


@dataclass(frozen=True)
class Uploaded:
    """Name the commit that holds the files."""

    commit: str


@dataclass(frozen=True)
class Published:
    """Name the commit of the main branch that holds the verified files."""

    commit: str


@dataclass(frozen=True)
class Verified:
    """Count what was downloaded afresh and found equal, in files and bytes."""

    commit: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Origin:
    """Hold what the Hub says about a model or dataset that a model was made from.

    ``is_found`` is false when the Hub shows no such repository to us; the rest is then empty.
    ``license_name`` goes with ``license: other``. The lists name what it was made from in turn.
    """

    kind: Literal["model", "dataset"]
    id: str
    is_found: bool = True
    license: str = ""
    license_name: str = ""
    is_gated: bool = False
    base_models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    is_beyond: bool = False
    """Whether it was not looked up because there are too many."""


@dataclass(frozen=True)
class Earlier:
    """Hold which versions of a model the Hub has, as tags, and the one ``before`` another; empty without one.

    ``is_same`` says whether the version asked about is there already with the same files; None when it is not
    there, or was not compared. ``unread`` names results of the version before that were too large to fetch.
    ``ahead`` is the version at the head of main, if it comes after the one asked about. ``withdrawn`` names
    the versions for whose withdrawal the model is private now; empty when it is public.
    """

    versions: tuple[str, ...] = ()
    before: str = ""
    is_same: bool | None = None
    unread: tuple[str, ...] = ()
    ahead: str = ""
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataFile:
    """Name a file of a dataset and its SHA-256, empty when it is not known."""

    path: str
    sha256: str


@dataclass(frozen=True)
class KeptData:
    """Hold a dataset on the Hub: its files, and the record of its checklist, which stands at ``place``.

    ``record`` and ``files`` are empty when there is none, or when it is too large to be one.
    """

    id: str
    is_found: bool = True
    place: str = ""
    record: str = ""
    files: tuple[DataFile, ...] = ()
    is_beyond: bool = False
    """Whether it was not looked up because there are too many."""


@dataclass(frozen=True)
class Asked:
    """Say what to find out for the gates.

    ``hub_id`` and ``tag`` name the version to be released; ``models`` and ``datasets`` are what it was made
    from, ``own`` those of the datasets whose checklists count. ``results`` are patterns for the names of
    files with results, and ``record`` is what a checklist's record is called. ``withdrawn`` names versions
    whose withdrawal is known besides from the model's history.
    """

    hub_id: str
    tag: str
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    record: str = ""
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """Hold what the Hub knows of a model to be released, and of what it was made from."""

    origins: tuple[Origin, ...] = ()
    earlier: Earlier = Earlier()
    data: tuple[KeptData, ...] = ()
