"""Bring what a card is made from to disk, only for as long as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from bot.cards.card import CARD
from bot.cards.facts import Reader, Reading, Unreadable
from bot.cards.readers import READERS
from bot.cards.reading import read_facts
from bot.documents import DocumentError
from bot.errors import UserError
from bot.reads import Brought
from bot.rendering import code
from bot.scratch import Scratch

CARD_LIMIT = 1_000_000
"""Bytes of a card that is already there and is written again."""

SIZE_LIMIT = 500_000_000
"""Bytes of the files a card is made from; of a large file only what its reader looks at."""

SOUGHT = tuple(reader for reader in READERS if not reader.is_local)
"""The files a card is made from; what else a folder holds is not fetched."""

T = TypeVar("T")
Fetched = TypeVar("Fetched")


class Fetches(Protocol):
    """What brings files to disk."""

    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Bring a folder at a commit to disk, or only its files of these names."""


class FetchesModels(Protocol):
    """What brings to disk what the card of a model is made from."""

    async def fetch_sought(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        sought: Sequence[Reader],
    ) -> Brought:
        """Bring what readers look at in a folder at a commit; say which files were left out, and why."""


async def meanwhile_on_disk(
    fetch: Callable[[Path], Awaitable[Fetched]], work: Callable[[Path, Fetched], T]
) -> T:
    """Fetch files to disk, work on them beside the event loop, and remove them."""
    with Scratch("card") as place:
        local = Path(place)
        fetched = await fetch(local)
        return await asyncio.to_thread(work, local, fetched)


async def fetch_model(
    repository: str,
    folder: str,
    commit: str,
    local: Path,
    reads: FetchesModels,
    sought: Sequence[Reader] = SOUGHT,
) -> Brought:
    """Fetch what the card of a model is made from."""
    return await reads.fetch_sought(repository, folder, commit, local, size_limit=SIZE_LIMIT, sought=sought)


def facts_of(local: Path, left_out: Mapping[str, str]) -> Reading:
    """Read the facts of a model that was fetched; what was left out counts as unreadable."""
    reading = read_facts(local)
    missing = (Unreadable(file, reason) for file, reason in left_out.items())
    return Reading(reading.facts, (*reading.unreadable, *missing))


def existing_card(path: Path, folder: str, command: str) -> str | None:
    """Read the card that people have written so far: all of it or nothing, for what is lost is lost."""
    if not path.is_file():
        return None
    if path.stat().st_size > CARD_LIMIT:
        raise UserError(
            f"The {CARD} in {code(folder)} is larger than 1 MB. Shorten it, then comment `/{command}` again."
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The {CARD} in {code(folder)} is not UTF-8 text. Save it as UTF-8, "
            f"then comment `/{command}` again."
        ) from error


def broken_metadata(error: DocumentError, folder: str, command: str) -> UserError:
    """Say where the metadata of a card is broken that would be written again."""
    first = error.problems[0]
    return UserError(
        f"The card in {code(folder)} has broken metadata at line {first.line}: {code(first.message)}. "
        f"Fix it, then comment `/{command}` again."
    )
