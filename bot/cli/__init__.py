"""The command line: every part of Giveback, without an App and without an account."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import __version__
from bot.cli.loading import CommandsOnDemand

app = typer.Typer(
    cls=CommandsOnDemand,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def giveback(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Triage, model cards and safe model releases for AI repositories."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; the entry point of the installed command."""
    app()
