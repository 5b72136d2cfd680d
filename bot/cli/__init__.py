"""The command line: every part of Giveback, without an App and without an account."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.cards.cli import card
from bot.cli.deliveries import deliveries
from bot.cli.docs import docs
from bot.cli.doctor import doctor
from bot.cli.export import export
from bot.cli.plan import plan
from bot.cli.release_status import status
from bot.cli.releases import list_releases
from bot.cli.service import schema, serve
from bot.cli.tokens import tokens
from bot.datasets.anonymize.command import anonymize
from bot.datasets.checklist.command import checklist
from bot.datasets.cli import scan
from bot.datasets.risk.command import risk
from bot.release.cli import release_app
from bot.release.cli.verify import verify
from bot.sandbox.cli import demo, sandbox
from bot.triage.cli import triage_app

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, add_completion=False)


@app.callback(invoke_without_command=True)
def giveback(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Triage, model cards and safe model releases for AI repositories."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


app.command()(serve)
app.command()(doctor)
app.command()(plan)
app.command()(card)
app.command()(risk)
app.command()(checklist)
app.command()(anonymize)
app.command()(scan)
app.command()(schema)
app.command(hidden=True)(docs)
app.command()(demo)
app.add_typer(deliveries, name="deliveries")
release_app.command("list")(list_releases)
release_app.command()(status)
app.add_typer(release_app, name="release")
app.command()(verify)
app.add_typer(sandbox, name="sandbox")
app.add_typer(tokens, name="tokens")
triage_app.command()(export)
app.add_typer(triage_app, name="triage")


def main() -> None:
    """Run the command line; the entry point of the installed command."""
    app()
