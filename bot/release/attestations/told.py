"""Gather everything that the attestations of one release tell."""

from __future__ import annotations

from dataclasses import dataclass

from bot import __version__
from bot.release.gates.results import GateResult
from bot.release.manifest import Manifest
from bot.release.request import Collected, ReleaseRequest


@dataclass(frozen=True)
class Maker:
    """Name what made a release: ``id`` is the address of the App, or a name for the command line.

    ``github`` is the address that repositories lie under, with no slash at the end.
    """

    id: str = "urn:giveback:command-line"
    github: str = "https://github.com"
    version: str = __version__


COMMAND_LINE = Maker()
"""What makes a release that no App is asked for."""


@dataclass(frozen=True)
class Told:
    """Hold what is known of an approved release: all of it recorded, none of it looked up again.

    ``collected`` is exactly what was approved, and ``approvers`` are the logins of who did. ``hub`` is the
    address of the Hub, with no slash at the end.
    """

    request: ReleaseRequest
    manifest: Manifest
    collected: Collected
    gates: tuple[GateResult, ...]
    approvers: tuple[str, ...]
    maker: Maker
    hub: str
