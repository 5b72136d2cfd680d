"""The commands ``giveback release ...``, a module each."""

from __future__ import annotations

import typer

from bot.release.cli.check import check
from bot.release.cli.init import init
from bot.release.cli.schema import schema

release_app = typer.Typer(no_args_is_help=True, help="Check a model release before asking for it.")
release_app.command()(init)
release_app.command()(check)
release_app.command()(schema)
