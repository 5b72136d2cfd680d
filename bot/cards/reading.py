"""Read what a trainer left in a folder as facts."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path

from bot.cards.artifacts import CannotRead
from bot.cards.facts import Fact, Reading, Unreadable
from bot.cards.readers import READERS

MAX_FILES = 10_000
"""Entries of a model folder looked at, at most (the Hub's own limit for one folder)."""


def read_facts(folder: Path) -> Reading:
    """Read the facts of every known artifact directly inside ``folder``, in the order of the names.

    Nothing from the folder is executed, imported or unpickled; symbolic links are not followed.
    """
    facts: list[Fact] = []
    unreadable: list[Unreadable] = []
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry, _ in zip(entries, range(MAX_FILES), strict=False))
    for name in names:
        for reader in READERS:
            if not fnmatch.fnmatchcase(name, reader.pattern):
                continue
            file = name if name.isprintable() else ascii(name)
            try:
                facts.extend(reader.read(folder / name, file))
            except CannotRead as error:
                unreadable.append(Unreadable(file, str(error)))
    return Reading(tuple(facts), tuple(unreadable))
