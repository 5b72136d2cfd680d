"""Fetch a release's files from where its manifest says, as far as there is room and the operator allows."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import RefusedError, TransientError, UnusableFileError
from bot.github.attached import AttachedFiles
from bot.hub.errors import HubRefused
from bot.hub.fetcher import Fetcher
from bot.hub.jobs import HubAccess
from bot.hub_tokens import HubTokens
from bot.installations import Installation, Reader
from bot.places import Network, Places, places_of
from bot.release.manifest import MANIFEST
from bot.release.request import Pin, PinKind, ReleaseRequest
from bot.release.sources import Kind, Order, SourceRefused, SourceUnavailable, addresses
from bot.release.sources.buckets import BucketSource
from bot.release.sources.errors import no_room
from bot.release.sources.hub import HubSource
from bot.release.sources.tracked import TrackedSource
from bot.release.sources.web import WebSource
from bot.releasing.attachments import ArtifactSource, AssetSource, GitHubStore

DISK_RESERVE = 2_000_000_000
"""Bytes of the disk that releases leave to the database and to everybody else."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Surroundings:
    """Say where things are, and what the operator lets repositories take from where."""

    web_url: str = "https://github.com"
    hub: HubTokens | None = None
    places: Places = field(default_factory=dict)
    networks: Collection[Network] = ()


@dataclass(frozen=True)
class FolderSource:
    """Fetches folders of the repository itself, Git LFS included."""

    reader: Reader
    web_url: str

    async def fetch(self, address: addresses.Folder, order: Order) -> tuple[Pin, ...]:
        """Write the folder's files as they are at the requested commit."""
        repository, commit = order.request.repository, order.request.commit
        await self.reader.fetch_folder(
            repository, address.path, commit, order.into, size_limit=order.size_limit
        )
        return (Pin(f"{self.web_url}/{repository}", PinKind.COMMIT, commit),)


@dataclass(frozen=True)
class RepositorySource:
    """Fetches a release's files for the repository that asked for it, from itself or from elsewhere."""

    installation: Installation
    size_limit: int
    surroundings: Surroundings = field(default_factory=Surroundings)

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest at the requested commit, which the default branch had then."""
        with _as_source_errors():
            return await self.installation.reader.text_file(request.repository, MANIFEST, request.commit)

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        """Write the files that ``source`` names, and give what they are pinned by."""
        free = await asyncio.to_thread(lambda: shutil.disk_usage(into).free - DISK_RESERVE)
        if free <= 0:
            raise no_room()
        with _as_source_errors():
            order = Order(request, into, min(self.size_limit, free), pinned)
            address = addresses.parse_source(source)
            kind = await self._kind(address, order)
            return await kind.fetch(address, order)

    async def _kind(self, address: addresses.Address, order: Order) -> Kind[Any]:
        """Give what fetches from this kind of address, with what the repository may do there."""
        around = self.surroundings
        places = places_of(order.request.repository, around.places)
        match address:
            case addresses.Folder():
                return FolderSource(self.installation.reader, around.web_url)
            case addresses.ReleaseAssets():
                return AssetSource(self._attached, self._store)
            case addresses.Artifact():
                return ArtifactSource(self._attached, self._store)
            case addresses.HubRevision():
                return await self._hub(address, order)
            case addresses.WebAddress():
                return WebSource(places, around.networks)
            case addresses.Bucket():
                return BucketSource(places)
            case addresses.TrackedModel():
                return TrackedSource(places)

    async def _hub(self, address: addresses.HubRevision, order: Order) -> HubSource:
        """Read with the namespace's token where the repository may publish, and as anybody everywhere else.

        Otherwise whoever can write a manifest could have the service read others' private models.
        """
        hub = self.surroundings.hub
        if hub is None:
            raise SourceRefused("This service knows no Hub.", "Ask the operator to set GIVEBACK_HUB_TOKEN.")
        own = await self.installation.reader.may_publish(order.request.repository, address.repository)
        access = await hub.access_for(address.repository) if own else HubAccess(hub.endpoint, "")
        return HubSource(Fetcher(access), hub.endpoint)

    @property
    def _attached(self) -> AttachedFiles:
        return AttachedFiles(self.installation.reader.client)

    @property
    def _store(self) -> GitHubStore:
        around = self.surroundings
        return GitHubStore((self.installation.reader.client.base_url, around.web_url), around.networks)


@contextmanager
def _as_source_errors() -> Iterator[None]:
    """Tell the release library of GitHub's refusals, and the disk's, in its own words."""
    try:
        yield
    except TransientError as error:
        raise SourceUnavailable(str(error)) from error
    except HubRefused as error:
        raise SourceRefused(error.message, error.next_step) from error
    except UnusableFileError as error:
        raise SourceRefused(error.problem, error.next_step) from error
    except RefusedError as error:
        next_step = "Check source in the manifest, and that Giveback is still installed here."
        raise SourceRefused(f"GitHub refused to give the files: {error}.", next_step) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise no_room() from error
        raise
