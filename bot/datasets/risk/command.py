"""The command ``giveback risk``: how far people in a table can be told apart."""

from __future__ import annotations

import json
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from bot.datasets.risk.advice import K
from bot.datasets.risk.attributes import Role, proposed
from bot.datasets.risk.charts import attribute_sets_chart, class_sizes_chart, rows_by_class_size
from bot.datasets.risk.report import Report, report
from bot.datasets.risk.tables import TableError, open_table
from bot.rendering import render
from bot.scratch import sweep


def risk(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, TSV, JSON, JSON lines, Parquet, Arrow or SQLite.", dir_okay=False),
    ],
    quasi: Annotated[
        str,
        typer.Option(
            help="Columns that together may tell who somebody is, with commas between them. Without them "
            "some are proposed, and nothing is measured."
        ),
    ] = "",
    sensitive: Annotated[
        str, typer.Option(help="Columns nobody should learn of a person, with commas between them.")
    ] = "",
    advise: Annotated[
        bool, typer.Option("--advise", help="Say which generalisation buys how much k, and what it costs.")
    ] = False,
    aim: Annotated[int, typer.Option(help="The k that advice aims at.", min=2)] = K,
    within: Annotated[
        str, typer.Option("--table", help="The table of a database, where it has more than one.")
    ] = "",
    against: Annotated[
        Path | None, typer.Option(help="An earlier release: find keys that join the two.", dir_okay=False)
    ] = None,
    charts: Annotated[
        Path | None, typer.Option(help="Draw class sizes and sets of columns into this folder, as SVG.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure over all rows of FILE how alike people are: k, unique rows, l and t."""
    sweep()
    try:
        with ExitStack() as stack:
            table = stack.enter_context(open_table(file, within))
            other = table.beside(against, within) if against else None
            found = report(
                table,
                names(quasi),
                names(sensitive),
                aim=aim,
                with_keys=advise,
                with_advice=advise or charts is not None,
                other=other,
            )
    except TableError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(2) from None
    if charts is not None and found.risk:
        charts.mkdir(parents=True, exist_ok=True)
        (charts / "class-sizes.svg").write_text(
            class_sizes_chart(rows_by_class_size(found.risk.sizes)), encoding="utf-8"
        )
        (charts / "attribute-sets.svg").write_text(attribute_sets_chart(found.sets), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps({"file": str(file), **found.as_dict()}, indent=2, ensure_ascii=False))
    else:
        _say(file, found, against)


def names(text: str) -> tuple[str, ...]:
    """Split a list of columns at its commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _say(file: Path, found: Report, against: Path | None) -> None:
    command = ["giveback", "risk", str(file)]
    roles: dict[str, Role] = {"--quasi": "quasi-identifier", "--sensitive": "sensitive"}
    for option, role in roles.items():
        if columns := proposed(found.attributes, role):
            command += [option, ",".join(columns)]
    known = {"file": str(file), "report": found, "against": against, "command": shlex.join(command)}
    typer.echo(render("pages/risk.txt.j2", **known), nl=False)
