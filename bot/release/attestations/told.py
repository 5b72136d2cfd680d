"""Gather everything that the attestations of one release tell."""

from __future__ import annotations

from dataclasses import dataclass

from bot.hub.jobs import Origin
from bot.release.files import ReleaseFile
from bot.release.gates.results import GateResult
from bot.release.manifest import Manifest
from bot.release.request import ReleaseRequest


@dataclass(frozen=True)
class Maker:
    """Name what made a release, and where: ``id`` is the address of the App, or a name for the command line.

    ``version`` is Giveback's; ``github`` and ``hub`` are the addresses of both, with no slash at the end.
    """

    id: str
    version: str
    github: str
    hub: str


@dataclass(frozen=True)
class Told:
    """Hold what is known of an approved release: all of it recorded, none of it looked up again.

    ``files`` are exactly those approved, and ``digest`` is what was approved.
    """

    request: ReleaseRequest
    manifest: Manifest
    files: tuple[ReleaseFile, ...]
    digest: str
    origins: tuple[Origin, ...]
    gates: tuple[GateResult, ...]
    approvers: tuple[str, ...]
    maker: Maker
