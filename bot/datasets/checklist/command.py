"""The command ``giveback checklist``: what is left to decide before a dataset is given away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.datasets.checklist.assess import assess
from bot.datasets.checklist.charts import draw_risk
from bot.datasets.checklist.evidence import CHARTS, PAGE, RECORD
from bot.datasets.checklist.gathering import gather, release_in
from bot.datasets.checklist.items import items_of
from bot.datasets.checklist.page import write_page
from bot.datasets.checklist.record import Record, make_record
from bot.datasets.checklist.states import State
from bot.datasets.progress import progress_bar
from bot.datasets.risk.advice import K
from bot.datasets.risk.command import names
from bot.scratch import sweep


def checklist(
    path: Annotated[Path, typer.Argument(help="The folder with the data, or one file.", exists=True)],
    template: Annotated[
        Literal["hipaa", "gdpr", "general"], typer.Option(help="Which checklist.")
    ] = "general",
    quasi: Annotated[
        str, typer.Option(help="The quasi-identifiers, as you confirm them, with commas between them.")
    ] = "",
    sensitive: Annotated[
        str, typer.Option(help="Columns nobody should learn of a person, with commas between them.")
    ] = "",
    aim: Annotated[int, typer.Option("--k", help="Classes of fewer rows count as small.", min=2)] = K,
    against: Annotated[
        Path | None,
        typer.Option(
            help="A folder with an earlier release: find keys that join the two.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"Write {PAGE}, {RECORD} and, of what was measured, {CHARTS} into this folder.",
            file_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Go through the anonymization checklist for the data in PATH, as far as a program can.

    The exit code is 1 when there is evidence against an item. A program never passes what a person decides.
    """
    sweep()
    confirmed_by = ("--quasi",) if quasi else ()
    with progress_bar() as progress:
        evidence = gather(
            path,
            quasi=names(quasi),
            sensitive=names(sensitive),
            confirmed_by=confirmed_by,
            aim=aim,
            earlier=release_in(against) if against else None,
            progress=progress,
        )
    record = make_record(template, assess(items_of(template), evidence), evidence)
    page = write_page(record)
    if out is not None:
        _write(out, record)
    if as_json:
        typer.echo(record.as_json(), nl=False)
    elif out is None:
        typer.echo(page, nl=False)
    raise typer.Exit(1 if any(one.state is State.AGAINST for one in record.items) else 0)


def _write(folder: Path, record: Record) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_risk(record)
    (folder / RECORD).write_text(record.as_json(), encoding="utf-8")
    (folder / PAGE).write_text(write_page(record, charts=CHARTS if drawn else ""), encoding="utf-8")
    if drawn:
        (folder / CHARTS).write_text(drawn, encoding="utf-8")
