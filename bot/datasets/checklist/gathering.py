"""Look at a dataset: scan it, measure its tables, and name exactly the files it is made of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
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
from bot.datasets.risk.linkage import Link, keys, links
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
    earlier: Path | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Look at a file, or at a folder with all that is below it.

    ``earlier`` is a folder with an earlier release, whose tables are called the same.
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
    return Evidence(
        scan=found,
        files=tuple(_identity(root, name) for name in files if name not in DESCRIPTIONS),
        looked_for=frozenset(item_of.values()),
        item_of=item_of,
        tables=tuple(_with_safe_names(one, looked_for) for one in risks),
        joins=tuple(_joins(root, risks, earlier, looked_for)),
        quasi=tuple(quasi),
        sensitive=tuple(sensitive),
        confirmed_by=tuple(confirmed_by),
        card=_text(root / CARD),
        croissant=_croissant(root / CROISSANT),
        next_review=next_review,
        aim=aim,
    )


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
    root: Path, tables: Sequence[TableRisk], earlier: Path | None, kinds: tuple[Kind, ...]
) -> Iterator[Join]:
    """Compare the keys of every two tables, and of each with its earlier release."""
    keyed = [(one, one.report.keys) for one in tables if one.report and one.report.keys]
    for (one, own), (other, theirs) in combinations(keyed[:TABLES_JOINED], 2):
        # one that cannot be read any more is told of where it is measured
        with suppress(TableError), open_table(root / one.file, one.within) as table:
            found = links(table, own, table.beside(root / other.file, other.within), theirs)
            yield from (Join(one.called, other.called, _safe(link, kinds)) for link in found)
    for one, own in keyed:
        if earlier and (earlier / one.file).is_file():
            with suppress(TableError), open_table(root / one.file, one.within) as table:
                before = table.beside(earlier / one.file, one.within)
                found = links(table, own, before, keys(before, propose(before)))
                was = f"its earlier release {one.called}"
                yield from (Join(one.called, was, _safe(link, kinds)) for link in found)


def _safe(link: Link, kinds: tuple[Kind, ...]) -> Link:
    detector = detector_of(kinds)
    return replace(link, column=masked(detector, link.column)[0], other=masked(detector, link.other)[0])


def _with_safe_names(one: TableRisk, kinds: tuple[Kind, ...]) -> TableRisk:
    """Mask what is personal in the names of columns, which are values where a table has no header."""
    if one.report is None:
        return one
    detector = detector_of(kinds)
    attributes = tuple(
        replace(each, column=masked(detector, each.column)[0]) for each in one.report.attributes
    )
    named = tuple(replace(each, column=masked(detector, each.column)[0]) for each in one.report.keys)
    within = masked(detector, one.within)[0]
    return replace(one, report=replace(one.report, attributes=attributes, keys=named), within=within)


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
