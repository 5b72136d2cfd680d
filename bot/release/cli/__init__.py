"""The commands ``giveback release ...``, a module each."""

from __future__ import annotations

import typer

from bot.release.cli.check import check
from bot.release.cli.init import init
from bot.release.cli.rollback import rollback
from bot.release.cli.run import run
from bot.release.cli.schema import schema
from bot.release.cli.withdraw import withdraw

release_app = typer.Typer(no_args_is_help=True, help="Release models, and take them back.")
release_app.command()(init)
release_app.command()(check)
release_app.command()(run)
release_app.command()(rollback)
release_app.command()(withdraw)
release_app.command()(schema)
