"""Fetch an object of an S3 or Google Cloud Storage bucket, or those below a prefix, through fsspec.

Which storage is asked, and as whom, is the operator's: fsspec and the libraries below it take that from
the environment of the service. A manifest chooses the bucket and the prefix, which the operator has to allow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.aside import aside
from bot.places import is_within
from bot.release.files import MAX_FILES
from bot.release.request import Pin, PinKind
from bot.release.sources import Order
from bot.release.sources.addresses import Bucket
from bot.release.sources.errors import SourceError, SourceRefused, SourceUnavailable
from bot.release.sources.intake import Intake

CHUNK = 8 << 20
"""Bytes asked for at once; what breaks off is asked for again by the libraries below."""

_NEEDED = {"s3": "s3fs", "gs": "gcsfs"}
_STATES = ("ETag", "generation", "etag")
"""What a listing calls the state of an object: S3 (ListObjectsV2), Google Cloud Storage (objects.list)."""


@dataclass(frozen=True)
class BucketSource:
    """Fetches from the ``places`` that an operator allows."""

    places: Collection[str]

    async def fetch(self, address: Bucket, order: Order) -> tuple[Pin, ...]:
        """Write the object, or all below the prefix, each pinned by what the storage calls its state."""
        if not is_within(str(address), self.places):
            raise SourceRefused(
                f"{address} is no place that this service may fetch from.",
                "Ask the operator to allow it, or keep the files elsewhere.",
            )
        return await aside(_fetch, address, order)


def _fetch(address: Bucket, order: Order) -> tuple[Pin, ...]:
    intake = Intake(order.into, order.size_limit)
    root = f"{address.bucket}/{address.prefix}".rstrip("/")
    with _asking(address):
        files = _file_system(address.protocol)
        found = listed(files, address, root)
        intake.take(sum(int(about["size"]) for about in found.values()))
        if not found:
            raise SourceRefused(f"There is nothing at {address}.", "Check source in the manifest.")
        return tuple(_fetch_one(files, path, about, root, address, intake) for path, about in found.items())


def listed(files: Any, address: Bucket, root: str) -> dict[str, Mapping[str, Any]]:
    """List the objects below ``root`` with what the storage says of each; no more than may be fetched."""
    found = {str(about["name"]): about for about in islice(_objects(files, address, root), MAX_FILES + 1)}
    if len(found) > MAX_FILES:
        raise SourceRefused(
            f"There are more than {MAX_FILES:,} objects at {address}.",
            "Keep the model's own files under a prefix of their own.",
        )
    return dict(sorted(found.items()))


def _objects(files: Any, address: Bucket, root: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects. Unless told where to stop, the libraries keep millions of them in memory."""
    most = MAX_FILES + 1
    listings: Iterable[Mapping[str, Mapping[str, Any]]]
    if address.protocol == "s3":
        # As a folder, so that models/digits is not models/digits-2 as well.
        listings = (files.find(f"{root}/", detail=True, max_items=most),)
    else:  # gcsfs stops early within one folder only
        listings = (inside for _, _, inside in files.walk(root, detail=True, max_results=most))
    yield from (about for inside in listings for about in inside.values() if about["type"] == "file")


def _fetch_one(
    files: Any, path: str, about: Mapping[str, Any], root: str, address: Bucket, intake: Intake
) -> Pin:
    """Write one object, all of it of the state that was listed."""
    name = path.removeprefix(f"{root}/") if path != root else path.rpartition("/")[2]
    target = intake.path(name)
    with files.open(path, "rb", block_size=CHUNK, cache_type="none") as content, target.open("wb") as out:
        while chunk := content.read(CHUNK):
            out.write(chunk)
    files.invalidate_cache()
    if _state(files.info(path)) != _state(about) or target.stat().st_size != int(about["size"]):
        raise SourceUnavailable(f"{address.protocol}://{path} was changed while it was fetched.")
    return Pin(f"{address.protocol}://{path}", PinKind.ETAG, _state(about))


def _state(about: Mapping[str, Any]) -> str:
    return next((str(about[name]).strip('"') for name in _STATES if name in about), "")


def _file_system(protocol: str) -> Any:
    try:
        import fsspec

        return fsspec.filesystem(protocol, skip_instance_cache=True, use_listings_cache=False)
    except ImportError:
        raise SourceRefused(
            f"This service cannot read {protocol}:// sources: {_NEEDED[protocol]} is not installed.",
            'Ask the operator to install it; pip install "giveback[sources]" brings it.',
        ) from None


@contextmanager
def _asking(address: Bucket) -> Iterator[None]:
    """Say in plain words what the storage's libraries raise; they share no class of errors."""
    try:
        yield
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceRefused(f"There is nothing at {address}.", "Check source in the manifest.") from error
    except PermissionError as error:
        raise SourceRefused(
            f"The storage does not let this service read {address}.",
            "Ask the operator to give it the right to, or check source in the manifest.",
        ) from error
    except Exception as error:
        raise SourceUnavailable(f"{address} could not be fetched ({type(error).__name__}).") from error
