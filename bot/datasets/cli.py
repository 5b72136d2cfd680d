"""The command ``giveback scan``: find personal data in files and folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.datasets.findings import Scan, Tier
from bot.datasets.kinds import Kind, known_kinds, read_kinds
from bot.datasets.progress import progress_bar
from bot.datasets.wording import counted, rows_and_lines
from bot.documents import DocumentError
from bot.scratch import sweep


def scan(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.", exists=True)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print findings, columns and coverage as JSON.")
    ] = False,
    spans: Annotated[
        Path | None,
        typer.Option(
            help='Scan {"id", "text"} lines of this file, and print the spans of each, of both tiers.',
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    kinds: Annotated[
        Path | None,
        typer.Option(help="Look for the kinds of this YAML file too.", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Find personal data in PATHS, and say what was not scanned.

    What is printed says where and of what kind, never what. The exit code is 1 when something
    verified was found, or something was not scanned.
    """
    looked_for = (*known_kinds(), *(_own(kinds) if kinds else ()))
    if spans is not None:
        _say_spans(spans, looked_for)
        return
    if not paths:
        raise typer.BadParameter("name the files and folders to scan", param_hint="PATHS")
    from bot.datasets.scanning import scan as scan_paths

    sweep()
    with progress_bar() as progress:
        found = scan_paths(paths, looked_for, progress=progress)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        _say(found)
    raise typer.Exit(0 if found.complete and not found.total(Tier.VERIFIED) else 1)


def _own(path: Path) -> tuple[Kind, ...]:
    try:
        return read_kinds(path.read_bytes())
    except DocumentError as error:
        for problem in error.problems:
            typer.echo(f"{path}:{problem}", err=True)
        raise typer.Exit(2) from None


def _say_spans(path: Path, kinds: Sequence[Kind]) -> None:
    from bot.datasets.spans import SpansError, spans_of

    try:
        for line in spans_of(path, kinds):
            typer.echo(line)
    except SpansError as error:
        typer.echo(f"{path}: {error}", err=True)
        raise typer.Exit(2) from None


def _say(found: Scan) -> None:
    for one in found.counts:
        place = f"{one.file}: {one.column}" if one.column else one.file
        typer.echo(f"{place}: {one.count} {one.kind} ({one.tier.value})")
    for result in found.quality:
        typer.echo(f"{result.file}: {result.met} of {counted(result.expectations, 'expectation')} met")
    left_out = [file for file in found.coverage if file.not_scanned]
    for file in left_out:
        typer.echo(f"{file.file}: not scanned: {file.not_scanned}", err=True)
    verified, possible = (found.total(tier) for tier in Tier)
    rows = sum(file.rows for file in found.coverage)
    read = counted(len(found.coverage) - len(left_out), "file")
    typer.echo(
        f"{counted(verified, 'verified finding')} and {possible} possible by rules {found.rules} "
        f"in {rows_and_lines(rows)} of {read}; {len(left_out)} not scanned."
    )
