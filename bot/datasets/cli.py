"""The command ``giveback scan``: find personal data in files and folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.datasets.findings import Scan, Tier


def scan(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.", exists=True)] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print findings, columns and coverage as JSON.")
    ] = False,
    spans: Annotated[
        Path | None,
        typer.Option(
            help='Scan {"id", "text"} lines of this file instead, and print the spans of each.',
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    """Find personal data in PATHS, and say what was not scanned.

    The exit code is 1 when something verified was found, or something was not scanned.
    """
    if spans is not None:
        from bot.datasets.spans import spans_of

        for line in spans_of(spans):
            typer.echo(line)
        return
    if not paths:
        raise typer.BadParameter("name the files and folders to scan", param_hint="PATHS")
    from bot.datasets.scanning import scan as scan_paths

    found = scan_paths(paths)
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        _say(found)
    raise typer.Exit(0 if found.complete and not found.total(Tier.VERIFIED) else 1)


def _say(found: Scan) -> None:
    for one in found.counts:
        place = f"{one.file}: {one.column}" if one.column else one.file
        typer.echo(f"{place}: {one.count} {one.kind} ({one.tier.value})")
    for file in found.coverage:
        if file.not_scanned:
            typer.echo(f"{file.file}: not scanned: {file.not_scanned}", err=True)
