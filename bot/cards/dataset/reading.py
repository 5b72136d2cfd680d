"""Read what a folder of data holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.cards.artifacts import CannotRead
from bot.cards.dataset.croissant import FILES, read_croissant
from bot.cards.dataset.files import find_data
from bot.cards.dataset.table import Feature, Table
from bot.cards.facts import Fact, Unreadable

DEFAULT = "default"
"""What the only configuration is called. Source: hub-docs, datasets-manual-configuration.md."""


@dataclass(frozen=True)
class Split:
    """The files of one split, and what is in them together; sizes are in bytes."""

    name: str
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        """Count the rows."""
        return sum(table.rows for table in self.tables)

    @property
    def size(self) -> int:
        """Add up the sizes of the files."""
        return sum(table.file.size for table in self.tables)

    @property
    def paths(self) -> list[str]:
        """List the files."""
        return [table.file.path for table in self.tables]


@dataclass(frozen=True)
class Configuration:
    """One table of the dataset, in its splits: the same columns, perhaps in many files."""

    name: str
    splits: tuple[Split, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        """List what its files hold."""
        return tuple(table for split in self.splits for table in split.tables)

    @property
    def features(self) -> tuple[Feature, ...]:
        """List the columns of all files, each with the type that holds what all of them have."""
        found: dict[str, Feature] = {}
        for table in self.tables:
            for one in table.features:
                before = found.get(one.name)
                together = _wider(before, one) if before else one.type
                found[one.name] = Feature(one.name, together, one.missing + (before.missing if before else 0))
        return tuple(found.values())


@dataclass(frozen=True)
class Data:
    """Everything a folder of data told: its tables, its description, and what could not be read."""

    configurations: tuple[Configuration, ...] = ()
    described: Mapping[str, Fact] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """List what all files hold."""
        return tuple(table for one in self.configurations for table in one.tables)

    @property
    def rows(self) -> int:
        """Count the rows of all files."""
        return sum(table.rows for table in self.tables)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Give what was read as facts, file by file."""
        found: list[Fact] = []
        for table in self.tables:
            path = table.file.path
            columns = [f"{feature.name}: {feature.shown}" for feature in table.features]
            found += [Fact("rows", table.rows, path, "rows"), Fact("bytes", table.file.size, path, "size")]
            found += [
                Fact("columns", columns, path, "columns"),
                Fact("split", table.file.split, path, "name"),
            ]
        return (*found, *self.described.values())


def read_data(folder: Path) -> Data:
    """Read every data file below ``folder``; no row is kept, and what cannot be read is named."""
    from bot.cards.dataset.features import read_table  # polars, which takes a while to load

    found = find_data(folder)
    tables: list[Table] = []
    unreadable = [Unreadable(path, "files of this format are not counted") for path in found.not_read]
    if not found.is_whole:
        unreadable.append(Unreadable(".", "it has more files than are looked at"))
    for file in found.files:
        try:
            tables.append(read_table(folder, file))
        except CannotRead as error:
            unreadable.append(Unreadable(file.path, str(error)))
    described: dict[str, Fact] = {}
    try:
        described = {fact.name: fact for fact in read_croissant(folder)}
    except CannotRead as error:
        unreadable.append(Unreadable(" or ".join(FILES), str(error)))
    return Data(tuple(_configurations(tables)), described, tuple(unreadable))


def _configurations(tables: list[Table]) -> list[Configuration]:
    """Sort tables by what their names share, and in each by split."""
    by_base: dict[str, list[Table]] = {}
    for table in tables:
        by_base.setdefault(table.file.base, []).append(table)
    made = []
    for base, group in sorted(by_base.items()):
        order = {"train": 0, "validation": 1, "test": 2}
        splits = sorted({table.file.split for table in group}, key=lambda split: order[split])
        name = DEFAULT if len(by_base) == 1 or not base else base.replace("/", "_")
        parts = [Split(one, tuple(table for table in group if table.file.split == one)) for one in splits]
        made.append(Configuration(name, tuple(parts)))
    return made


def _wider(one: Feature, other: Feature) -> Mapping[str, object]:
    """Choose the type that holds the values of both."""
    if one.type == other.type or other.type == {"dtype": "null"}:
        return one.type
    if one.type == {"dtype": "null"}:
        return other.type
    both = {str(one.type.get("dtype")), str(other.type.get("dtype"))}
    return {"dtype": "float64"} if both == {"int64", "float64"} else {"dtype": "string"}
