"""``giveback deliveries``: list what arrived, show what became of it, run what was given up again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlmodel import Session

from bot import audit, store
from bot.cli.database import session_or_exit
from bot.cli.terminal import visible
from bot.store import Delivery, DeliveryStatus

deliveries = typer.Typer(no_args_is_help=True, help="See the deliveries that arrived; run dead ones again.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@deliveries.command("list")
def list_(
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only those with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List deliveries, the newest first."""
    with session_or_exit(must_exist=True) as session:
        rows = store.list_deliveries(session, status, limit)
    if as_json:
        typer.echo(json.dumps([_summary(row) for row in rows], indent=2))
        return
    table = Table("arrived", "delivery", "event", "about", "status", "error")
    for row in rows:
        summary = _summary(row)
        about = row.thread or row.repository or ""
        cells = (summary["received_at"], row.guid, summary["event"], about, row.status, row.error or "")
        table.add_row(*(Text(visible(cell)) for cell in cells))
    Console().print(table)


@deliveries.command()
def show(
    guid: Annotated[str, typer.Argument(help="The delivery's id, as in X-GitHub-Delivery.")],
    as_json: AsJson = False,
) -> None:
    """Show a delivery, and every action it led to with its reason and outcome."""
    with session_or_exit(must_exist=True) as session:
        row = _find(session, guid)
        actions = audit.entries(session, row.guid)
    if as_json:
        details = [
            {"action": json.loads(entry.action), "outcome": entry.outcome, "detail": entry.detail}
            for entry in actions
        ]
        typer.echo(json.dumps({**_summary(row), "actions": details}, indent=2))
        return
    console = Console()
    for name, value in _summary(row).items():
        console.print(f"{name}: {visible(value)}", markup=False, highlight=False)
    table = Table("action", "because", "feature", "outcome", "detail")
    for entry in actions:
        cells = (entry.kind, entry.reason, entry.feature, entry.outcome, entry.detail)
        table.add_row(*(Text(visible(cell)) for cell in cells))
    console.print(table)


@deliveries.command()
def replay(
    guid: Annotated[
        str | None, typer.Argument(help="The delivery's id, as in X-GitHub-Delivery.", show_default=False)
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Run every dead delivery again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before running all dead ones.")] = False,
) -> None:
    """Run a delivery again: what failed of it, or all of it when nothing is known to have failed."""
    if dead == (guid is not None):
        raise typer.BadParameter("give a delivery's id, or --dead for all that were given up")
    with session_or_exit(must_exist=True) as session:
        if guid is not None:
            _replay_one(session, guid)
        else:
            _replay_dead(session, yes)


def _replay_one(session: Session, guid: str) -> None:
    row = _find(session, guid)
    accepted = store.mark_received(session, row.guid)
    session.commit()
    if not accepted:
        typer.echo(f"{guid} is {row.status}: it is on its way already.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{guid} is in line again; the running service takes it within a few seconds.")


def _replay_dead(session: Session, yes: bool) -> None:
    count = store.count_dead(session)
    session.rollback()  # nobody's write waits for the answer to the question
    if count == 0:
        typer.echo("No delivery is dead.")
        return
    if not yes:
        typer.confirm(f"Run {count} dead deliveries again?", abort=True)
    count = store.mark_dead_received(session)
    session.commit()
    typer.echo(f"{count} deliveries are in line again; the running service takes them as it has room.")


def _find(session: Session, guid: str) -> Delivery:
    row = store.find_delivery(session, guid)
    if row is None:
        typer.echo(
            f"There is no delivery {guid}. `giveback deliveries list` shows those there are.", err=True
        )
        raise typer.Exit(1)
    return row


def _summary(row: Delivery) -> dict[str, str]:
    return {
        "received_at": datetime.fromtimestamp(row.received_at, UTC).isoformat(timespec="seconds"),
        "guid": row.guid,
        "event": f"{row.event}.{row.action}" if row.action else row.event,
        "about": row.thread or row.repository or "",
        "status": row.status,
        "attempts": str(row.attempts),
        "error": row.error or "",
        "failed_features": ", ".join(row.failed_features),
    }
