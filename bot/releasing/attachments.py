"""Fetch what GitHub keeps beside a repository's content: files of releases, and artifacts of Actions runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

import httpx

from bot.github.attached import Attached, AttachedFiles
from bot.places import Network
from bot.release.request import Pin, PinKind
from bot.release.sources import Order, SourceRefused
from bot.release.sources.addresses import Artifact, ReleaseAssets
from bot.release.sources.connecting import TIMEOUT, GuardedTransport, server_of
from bot.release.sources.downloading import Downloader, Wanted
from bot.release.sources.intake import Intake
from bot.release.sources.web import fetch_archive, pinned_hash


@dataclass(frozen=True)
class GitHubStore:
    """Reaches GitHub, at the ``addresses`` the operator set, and the public stores it sends us on to."""

    addresses: Collection[str]
    networks: Collection[Network] = ()

    @asynccontextmanager
    async def downloader(self) -> AsyncIterator[Downloader]:
        """Give what downloads from there."""
        own = {server_of(httpx.URL(address)) for address in self.addresses}
        transport = GuardedTransport(self.networks, own)
        async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT) as http:
            yield Downloader(http, lambda url: self._allows(httpx.URL(url), own))

    def _allows(self, url: httpx.URL, own: Collection[str]) -> bool:
        # What is at an address of the operator's own networks need not have a certificate.
        return url.scheme == "https" or server_of(url) in own or bool(self.networks)


@dataclass(frozen=True)
class AssetSource:
    """Fetches files of releases."""

    files: AttachedFiles
    store: GitHubStore

    async def fetch(self, address: ReleaseAssets, order: Order) -> tuple[Pin, ...]:
        """Write the files that fit a pattern, each pinned by its SHA-256."""
        attached = [
            one
            for one in await self.files.assets(order.request.repository, address.tag)
            if any(fnmatchcase(one.name, pattern) for pattern in address.patterns)
        ]
        if not attached:
            raise SourceRefused(
                f"The release {address.tag} has no file called {' or '.join(address.patterns)}.",
                "Attach the model's files to it, or check source in the manifest.",
            )
        intake = Intake(order.into, order.size_limit)
        pins = []
        async with self.store.downloader() as downloader:
            for one in attached:
                wanted = _wanted(one, order, self.files)
                found = await downloader.fetch(wanted, intake.path(one.name), intake)
                pins.append(Pin(one.page, PinKind.SHA256, found))
        return tuple(pins)


@dataclass(frozen=True)
class ArtifactSource:
    """Fetches what runs of GitHub Actions kept."""

    files: AttachedFiles
    store: GitHubStore

    async def fetch(self, address: Artifact, order: Order) -> tuple[Pin, ...]:
        """Write the files of the artifact, pinned by its archive's SHA-256 and the commit the run was of."""
        one = await self.files.artifact(order.request.repository, address.run, address.name)
        async with self.store.downloader() as downloader:
            wanted = _wanted(one, order, self.files)
            found = await fetch_archive(downloader, wanted, Intake(order.into, order.size_limit))
        return (Pin(one.page, PinKind.SHA256, found), Pin(one.page, PinKind.COMMIT, one.commit))


def _wanted(one: Attached, order: Order, files: AttachedFiles) -> Wanted:
    expected = pinned_hash(order, one.page) or one.sha256
    headers = partial(files.headers, order.request.repository, one)
    return Wanted(one.url, one.name, headers=headers, sha256=expected)
