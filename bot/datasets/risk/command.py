"""The command ``giveback risk``: how far people in a table can be told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.datasets.risk.measures import Risk, measure
from bot.datasets.risk.tables import TableError, open_table


def risk(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSON, JSON lines or Parquet.", dir_okay=False)],
    quasi: Annotated[
        str,
        typer.Option(help="Columns that together may tell who somebody is, with commas between them."),
    ],
    sensitive: Annotated[
        str, typer.Option(help="Columns nobody should learn of a person, with commas between them.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure over all rows of FILE how alike people are: k, unique rows, l and t."""
    try:
        with open_table(file) as table:
            found = measure(table, names(quasi), names(sensitive))
    except TableError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"file": str(file), **found.as_dict()}, indent=2, ensure_ascii=False))
    else:
        _say(found)


def names(text: str) -> tuple[str, ...]:
    """Split a list of columns at its commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _say(found: Risk) -> None:
    typer.echo(f"{found.rows} rows, {found.classes} classes by {', '.join(found.quasi)}.")
    typer.echo(f"k = {found.k}: the smallest class has {found.k} rows.")
    typer.echo(f"{found.unique_rows} rows are the only one of their kind ({found.unique_share:.2%}).")
    typer.echo(f"{found.rows_below(5)} rows are in classes of fewer than 5.")
    for one in found.sensitive:
        typer.echo(
            f"{one.column}: l = {one.l}, t = {one.t:.3f} ({one.distance} distance); in one class "
            f"{one.largest_share:.0%} have the same value."
        )
