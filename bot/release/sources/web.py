"""Fetch from a web server: one file, a zip archive, or a folder that lists its files in SHA256SUMS."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from urllib.parse import quote, unquote

import httpx

from bot.aside import aside
from bot.places import Network, is_within
from bot.release.files import MAX_FILES
from bot.release.request import Pin, PinKind
from bot.release.sources import Order
from bot.release.sources.addresses import WebAddress
from bot.release.sources.connecting import TIMEOUT, GuardedTransport
from bot.release.sources.downloading import Downloader, Wanted
from bot.release.sources.errors import SourceRefused
from bot.release.sources.intake import Intake, shown
from bot.release.sources.unzipping import unzip

LISTING = "SHA256SUMS"
"""What ``sha256sum`` writes: the SHA-256 and the name of a file on each line (GNU coreutils)."""
LONGEST_LISTING = 4_000_000

_LINE = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(.{1,1024})")


@dataclass(frozen=True)
class WebSource:
    """Fetches from the ``places`` an operator allows, at public addresses and those of ``networks``."""

    places: Collection[str]
    networks: Collection[Network] = ()
    verify: SSLContext | bool = True

    async def fetch(self, address: WebAddress, order: Order) -> tuple[Pin, ...]:
        """Write the file, or those of the archive or the folder; each is pinned by its SHA-256."""
        intake = Intake(order.into, order.size_limit)
        async with self._downloader() as downloader:
            if address.url.endswith("/"):
                listing = f"{address.url}{LISTING}"
                wanted = self._wanted(listing, address, order)
                return await _fetch_listed(downloader, wanted, address.url, intake)
            wanted = self._wanted(address.url, address, order)
            if address.url.endswith(".zip"):
                found = await fetch_archive(downloader, wanted, intake)
            else:
                name = unquote(address.url.rpartition("/")[2])
                found = await downloader.fetch(wanted, intake.path(name), intake)
            return (Pin(wanted.url, PinKind.SHA256, found),)

    def _wanted(self, url: str, address: WebAddress, order: Order) -> Wanted:
        return Wanted(url, url, sha256=pinned_hash(order, url) or address.sha256)

    @asynccontextmanager
    async def _downloader(self) -> AsyncIterator[Downloader]:
        transport = GuardedTransport(self.networks, verify=self.verify)
        async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT) as http:
            yield Downloader(http, lambda url: is_within(url, self.places))


async def fetch_archive(downloader: Downloader, wanted: Wanted, intake: Intake) -> str:
    """Download a zip archive, unpack it, and give its SHA-256."""
    with tempfile.TemporaryDirectory(dir=intake.into, prefix=".incoming-") as room:
        archive = Path(room) / "archive.zip"
        found = await downloader.fetch(wanted, archive, intake)
        size = archive.stat().st_size
        await aside(unzip, archive, intake)
    intake.give_back(size)
    return found


def pinned_hash(order: Order, uri: str) -> str | None:
    """Give the SHA-256 that an earlier time pinned something by."""
    return next((pin.value for pin in order.pinned if pin.uri == uri and pin.kind is PinKind.SHA256), None)


async def _fetch_listed(
    downloader: Downloader, wanted: Wanted, folder: str, intake: Intake
) -> tuple[Pin, ...]:
    with tempfile.TemporaryDirectory(dir=intake.into, prefix=".incoming-") as room:
        listing = Path(room) / LISTING
        found = await downloader.fetch(wanted, listing, Intake(Path(room), LONGEST_LISTING))
        files = list(_listed(listing.read_bytes(), wanted.url))
    for name, sha256 in files:
        url = f"{folder}{quote(name)}"
        await downloader.fetch(Wanted(url, url, sha256=sha256), intake.path(name), intake)
    return (Pin(wanted.url, PinKind.SHA256, found),)


def _listed(content: bytes, called: str) -> Iterator[tuple[str, str]]:
    lines = content.decode("utf-8", "replace").splitlines()
    if not 0 < len(lines) <= MAX_FILES:
        raise SourceRefused(
            f"{called} lists no files, or more than {MAX_FILES:,}.", "Write it with sha256sum."
        )
    for line in lines:
        entry = _LINE.fullmatch(line)
        if entry is None:
            raise SourceRefused(
                f"{called} has a line that cannot be read: {shown(line)}", "Write it with sha256sum."
            )
        yield entry[2], entry[1]
