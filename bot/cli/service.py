"""``giveback serve`` and ``giveback schema``: run the service, and describe its configuration to editors."""

from __future__ import annotations

import json
import logging

import typer
import uvicorn
from rich.console import Console
from rich.logging import RichHandler

from bot.config import json_schema
from bot.settings import Settings, SettingsError, read_settings

errors = Console(stderr=True)


def settings_or_exit() -> Settings:
    """Read the settings from the environment, or say in plain words what is wrong with them and stop."""
    try:
        return read_settings()
    except SettingsError as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None


def serve() -> None:
    """Run the service against GitHub and the Hub; the settings come from the environment."""
    from bot.app import create_app  # DBOS, PyGithub and the rest take a second to load

    settings = settings_or_exit()
    missing = settings.missing()
    if missing:
        errors.print(
            f"Not set: {', '.join(missing)}. `giveback doctor` says where each comes from.", style="red"
        )
        raise typer.Exit(2)
    handler = RichHandler(console=errors, show_path=False)
    logging.basicConfig(level=settings.log_level, format="%(name)s: %(message)s", handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=20,
    )


def schema() -> None:
    """Print the JSON Schema of .github/giveback.yml."""
    from bot.features import sections

    typer.echo(json.dumps(json_schema(sections()), indent=2))
