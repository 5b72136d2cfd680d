"""``giveback release list``: see the releases that threads asked for, and how far each one is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import releases
from bot.cli.database import session_or_exit
from bot.cli.terminal import visible
from bot.releases import ReleaseRecord


def list_releases(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the releases threads asked for, the newest first."""
    with session_or_exit(must_exist=True) as session:
        rows = [summary(record) for record in releases.newest(session, limit)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(*(rows[0] if rows else ("started_at", "release", "model", "thread", "state", "message")))
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row.values()))
    Console().print(table)


def summary(record: ReleaseRecord) -> dict[str, str]:
    """Say in a few words which release it is and where it stands."""
    return {
        "started_at": _moment(record.started_at),
        "release": record.id,
        "model": record.hub_id,
        "thread": f"{record.repository}#{record.number}",
        "asked by": record.requester,
        "state": record.status or record.step,
        "since": _moment(record.updated_at),
        "message": record.message,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
