"""Look at a dataset: scan it, measure its tables, and name exactly the files it is made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson

from bot.datasets.cells import masked
from bot.datasets.checklist.evidence import (
    CARD,
    CROISSANT,
    DESCRIPTIONS,
    OWN_FILES,
    DataFile,
    Evidence,
    Join,
    TableRisk,
    is_croissant,
)
from bot.datasets.detection import detector_of
from bot.datasets.findings import Scan
from bot.datasets.header import NO_PLAIN_HEADER, are_unnamed
from bot.datasets.kinds import Kind, known_kinds, properties
from bot.datasets.risk.advice import K, advise
from bot.datasets.risk.attribute_sets import attribute_sets
from bot.datasets.risk.attributes import propose
from bot.datasets.risk.classes import classes_of
from bot.datasets.risk.linkage import Key, Link, keys, links
from bot.datasets.risk.report import report
from bot.datasets.risk.tables import TableError, is_table, open_table, tables_in
from bot.datasets.scanning import LEFT_ALONE, Progress, scan

TABLES_JOINED = 5
"""Tables whose keys are compared with each other's, the first by name: ten pairs."""

CLASSES_ADVISED = 200_000
"""Classes up to which advice, and the risk of each set of columns, are worked out at once.

``giveback risk --advise`` has no such limit.
"""

_DESCRIPTION_LIMIT = 4_000_000
"""Bytes of a card or a Croissant description that are read."""


def gather(
    path: Path,
    *,
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    confirmed_by: Sequence[str] = (),
    kinds: Sequence[Kind] | None = None,
    next_review: str = "",
    aim: int = K,
    earlier: Mapping[str, Path] | None = None,
    not_compared: str = "",
    progress: Progress | None = None,
) -> Evidence:
    """Look at a file, or at a folder with all that is below it.

    ``earlier`` has what was given away before: a table that is called as one of these is held against that,
    and any other against all of them. ``not_compared`` says which of them there are not, and why.
    """
    looked_for = tuple(kinds if kinds is not None else known_kinds())
    item_of = {one.name: one.item for one in properties()} | {kind.name: kind.item for kind in looked_for}
    root = path if path.is_dir() else path.parent
    files = list(_files(path))
    tables = [name for name in files if is_table(root / name)]
    found = scan([root / name for name in files], looked_for, root=root, progress=progress)
    risks = [
        _risk(root, name, within, quasi, sensitive, aim, _shown(found, name))
        for name in tables
        for within in tables_in(root / name)
    ]
    keyed = [(one, one.report.keys) for one in risks if one.report and one.report.keys][:TABLES_JOINED]
    earlier_joins, held = _held_against(root, keyed, earlier or {}, looked_for)
    left_out = [name for name, is_done in held.items() if not is_done]
    return Evidence(
        scan=found,
        files=tuple(_identity(root, name) for name in files if name not in DESCRIPTIONS),
        looked_for=frozenset(item_of.values()),
        item_of=item_of,
        tables=tuple(_with_safe_names(one, looked_for) for one in risks),
        joins=(*_joins(root, keyed, looked_for), *earlier_joins),
        earlier=tuple(_called(name, looked_for) for name, is_done in held.items() if is_done),
        not_compared=not_compared or ", ".join(_called(name, looked_for) for name in left_out),
        quasi=tuple(quasi),
        sensitive=tuple(sensitive),
        confirmed_by=tuple(confirmed_by),
        card=_text(root / CARD),
        croissant=_croissant(root / CROISSANT),
        next_review=next_review,
        aim=aim,
    )


def release_in(folder: Path) -> dict[str, Path]:
    """Name the files of an earlier release that is in a folder."""
    return {name: folder / name for name in _files(folder)}


def _files(path: Path) -> Iterator[str]:
    """Name the files below a folder, and links to folders, which are not followed."""
    if not path.is_dir():
        yield path.name
        return
    for folder, folders, names in os.walk(path):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if name not in LEFT_ALONE)
        links_to_folders = [name for name in folders if (here / name).is_symlink()]
        for name in sorted((*names, *links_to_folders)):
            inner = (here / name).relative_to(path).as_posix()
            if inner not in OWN_FILES:  # further down one may be called so and hold anything
                yield inner


def _identity(root: Path, name: str) -> DataFile:
    """Name what a file holds; what cannot be read is told of by the scan, and is the same each time here."""
    place = root / name
    if place.is_symlink():
        target = os.fsencode(place.readlink())
        return DataFile(name, hashlib.sha256(b"link " + target).hexdigest(), len(target))
    if not place.is_file():
        return DataFile(name, hashlib.sha256(b"no file").hexdigest(), 0)
    try:
        with place.open("rb") as file:
            return DataFile(name, hashlib.file_digest(file, "sha256").hexdigest(), place.stat().st_size)
    except OSError:
        return DataFile(name, hashlib.sha256(b"not readable").hexdigest(), 0)


def _shown(found: Scan, name: str) -> list[str]:
    """List the columns of a file, or of the one that is packed in it, as the scan shows them."""
    return [one.name for one in found.columns if one.file == name or one.file.startswith(f"{name}!/")]


def _risk(
    root: Path,
    name: str,
    within: str,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    aim: int,
    shown: Sequence[str],
) -> TableRisk:
    """Measure a table by those of the columns that it has, and advise how to reach the k aimed at.

    Of a table whose first row may be values nothing is told, unless somebody named its columns.
    """
    try:
        with open_table(root / name, within) as table:
            here = [column for column in quasi if column in table.columns]
            secret = [column for column in sensitive if column in table.columns and column not in here]
            if not here and not secret and are_unnamed(shown, table.columns):
                return TableRisk(name, problem=NO_PLAIN_HEADER, within=within)
            found = report(table, here, secret, with_keys=True)
            if found.risk and found.risk.classes <= CLASSES_ADVISED:
                with classes_of(table, here) as classes:
                    advice = advise(classes, aim) if found.risk.k < aim else None
                    found = replace(found, advice=advice, sets=attribute_sets(classes))
            return TableRisk(name, found, within=within)
    except TableError as error:
        return TableRisk(name, problem=str(error), within=within)


def _joins(
    root: Path, tables: Sequence[tuple[TableRisk, Sequence[Key]]], kinds: tuple[Kind, ...]
) -> Iterator[Join]:
    """Compare the keys of every two tables."""
    for (one, own), (other, theirs) in combinations(tables, 2):
        # one that cannot be read any more is told of where it is measured
        with suppress(TableError), open_table(root / one.file, one.within) as table:
            found = links(table, own, table.beside(root / other.file, other.within), theirs)
            yield from (_join(one, other.called, link, kinds) for link in found)


def _held_against(
    root: Path,
    tables: Sequence[tuple[TableRisk, Sequence[Key]]],
    earlier: Mapping[str, Path],
    kinds: tuple[Kind, ...],
) -> tuple[list[Join], dict[str, bool]]:
    """Compare the keys of each table with its earlier release, or with all that is earlier.

    Say of each earlier table that was to be compared whether it could be.
    """
    joins: list[Join] = []
    done: dict[str, bool] = {}
    others = [name for name in earlier if is_table(earlier[name])][:TABLES_JOINED]
    for one, own in tables:
        for name in [one.file] if one.file in earlier else others:
            try:
                with open_table(root / one.file, one.within) as table:
                    before = table.beside(earlier[name], one.within)
                    found = links(table, own, before, keys(before, propose(before)))
            except TableError:
                done[name] = False
                continue
            done.setdefault(name, True)
            was = f"its earlier release {one.called}" if name == one.file else f"the earlier {name}"
            joins += [_join(one, was, link, kinds, is_earlier=True) for link in found]
    return joins, done


def _join(one: TableRisk, other: str, link: Link, kinds: tuple[Kind, ...], is_earlier: bool = False) -> Join:
    detector = detector_of(kinds)
    safe = replace(link, column=masked(detector, link.column)[0], other=masked(detector, link.other)[0])
    return Join(_called(one.called, kinds), _called(other, kinds), safe, is_earlier)


def _called(name: str, kinds: tuple[Kind, ...]) -> str:
    """Give the name of a file without what is personal data in it."""
    return masked(detector_of(kinds), name)[0]


def _with_safe_names(one: TableRisk, kinds: tuple[Kind, ...]) -> TableRisk:
    """Mask what is personal in the names of a table and its columns."""
    detector = detector_of(kinds)
    one = replace(one, file=masked(detector, one.file)[0], within=masked(detector, one.within)[0])
    if one.report is None:
        return one
    attributes = tuple(
        replace(each, column=masked(detector, each.column)[0]) for each in one.report.attributes
    )
    named = tuple(replace(each, column=masked(detector, each.column)[0]) for each in one.report.keys)
    return replace(one, report=replace(one.report, attributes=attributes, keys=named))


def _text(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(_DESCRIPTION_LIMIT).decode("utf-8", "replace")


def _croissant(path: Path) -> dict[str, Any]:
    """Read a Croissant description; one that is none is told of as any other file, by the scan."""
    try:
        described = orjson.loads(_text(path))
    except orjson.JSONDecodeError:
        return {}
    return described if is_croissant(described) else {}
