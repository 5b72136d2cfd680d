"""Where the content of a release comes from: the shape every source has, and the errors all of them raise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from bot.release.request import Pin, ReleaseRequest
from bot.release.sources.errors import SourceError, SourceRefused, SourceUnavailable

__all__ = ["Kind", "Order", "Pin", "Source", "SourceError", "SourceRefused", "SourceUnavailable"]

A = TypeVar("A", contravariant=True)


class Source(Protocol):
    """Fetch a release's content from where it is kept.

    Both raise SourceUnavailable for what may pass and SourceRefused for what may not.
    """

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest's text, or None when there is none."""

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        """Write the files that ``source`` of the manifest names to ``into``, large ones in full.

        Gives what the content is pinned by. With ``pinned``, which is that of an earlier time, exactly this
        content is fetched where its kind of source can still give it.
        """


@dataclass(frozen=True)
class Order:
    """Ask for content: for which release, into which folder, of how many bytes at most, pinned by what."""

    request: ReleaseRequest
    into: Path
    size_limit: int
    pinned: tuple[Pin, ...] = ()


class Kind(Protocol[A]):
    """Fetch from one kind of source; ``A`` is its address, one of those in ``addresses``."""

    async def fetch(self, address: A, order: Order) -> tuple[Pin, ...]:
        """Write the files and give what they are pinned by. Raises as :class:`Source`."""
