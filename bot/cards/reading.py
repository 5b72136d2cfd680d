"""Read what a trainer left in a folder as facts."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from bot.cards.artifacts import CannotRead
from bot.cards.facts import Fact, Reading, Unreadable
from bot.cards.finding import MAX_ENTRIES, find
from bot.cards.readers import READERS

MAX_FACTS = 100_000
"""Facts of one folder, at most; a model of hundreds of files has thousands."""


def read_facts(folder: Path) -> Reading:
    """Read the facts of every known artifact in ``folder``: its own files first, in the order of the names.

    Nothing from the folder is executed, imported or unpickled; symbolic links are not followed.
    """
    facts: list[Fact] = []
    unreadable: list[Unreadable] = []
    found = find(folder, [reader.pattern for reader in READERS])
    for path, fitting in found.paths.items():
        file = _shown(path)
        for reader in READERS:
            if reader.pattern not in fitting:
                continue
            try:
                facts.extend(islice(reader.read(folder / path, file), MAX_FACTS - len(facts)))
            except CannotRead as error:
                unreadable.append(Unreadable(file, str(error)))
    unreadable += [Unreadable(_shown(path), "the folder cannot be listed") for path in found.closed]
    if not found.is_whole:
        unreadable.append(Unreadable(".", f"it has over {MAX_ENTRIES} entries; the rest was not looked at"))
    if len(facts) == MAX_FACTS:
        unreadable.append(Unreadable(".", f"it gives {MAX_FACTS} facts or more; those beyond were left out"))
    return Reading(tuple(facts), tuple(unreadable))


def _shown(path: str) -> str:
    return path if path.isprintable() else ascii(path)
