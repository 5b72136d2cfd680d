"""``giveback serve`` and ``giveback schema``: run the service, and describe its configuration to editors."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import secrets
import sys
from pathlib import Path
from typing import IO

import typer
import uvicorn
from rich.console import Console
from rich.logging import RichHandler
from starlette.types import ASGIApp

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
    """Run the service against GitHub and the Hub; the settings come from the environment.

    Without any of the App's settings it serves the pages to register one, and nothing else.
    """
    settings = settings_or_exit()
    missing = settings.missing()
    if missing and not settings.has_no_app:
        errors.print(
            f"Not set: {', '.join(missing)}. `giveback doctor` says where each comes from.", style="red"
        )
        raise typer.Exit(2)
    log(settings.log_level, errors)
    held = None if missing else _hold(settings.state)
    app = _setup(settings) if missing else _service(settings)
    # What stands now stands until the end: looking through it for garbage, again and again, would be
    # the longest of all pauses.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        log_config=None,
        proxy_headers=bool(missing),  # the setup pages alone ask by which address they were reached
        timeout_graceful_shutdown=20,
    )
    if held is not None:
        held.close()


def log(level: str, console: Console) -> None:
    """Log to a console: in colours to a terminal, else what is said in one line, so that it can be searched.

    ``DEBUG`` is for the house's own words: the libraries write headers and signed addresses down at that
    level, and those open what they are for to whoever reads them.
    """
    asked = logging.getLevelNamesMapping()[level]
    handler: logging.Handler = RichHandler(console=console, show_path=False)
    words = "%(name)s: %(message)s"
    if not console.is_terminal:
        handler, words = logging.StreamHandler(console.file), f"%(asctime)s %(levelname)s {words}"
    logging.basicConfig(level=max(asked, logging.INFO), format=words, handlers=[handler])
    logging.getLogger("bot").setLevel(asked)
    logging.getLogger("httpx").setLevel(max(asked, logging.WARNING))  # at INFO it writes whole addresses


def _hold(state: Path) -> IO[bytes] | None:
    """Keep a second service off this state: it would run the first one's jobs before it finds the port taken.

    However the process ends, the system lets go of the file.
    """
    if sys.platform == "win32":
        return None  # there is no flock
    import fcntl

    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (state / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        errors.print(
            f"Another `giveback serve` runs with the state folder {state}. Stop it first, "
            "or give this one a folder of its own in GIVEBACK_STATE.",
            style="red",
            markup=False,
        )
        raise typer.Exit(2) from None
    return lock


def _service(settings: Settings) -> ASGIApp:
    from bot.app import create_app  # DBOS, PyGithub and the rest take a second to load
    from bot.github.identity import check_slug
    from bot.schema import NewerSchemaError, bring_up_to_date
    from bot.store import open_database

    try:
        asyncio.run(check_slug(settings))
        database = open_database(settings.database_url)
        bring_up_to_date(database)
        database.dispose()
    except (SettingsError, NewerSchemaError) as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    return create_app(settings)


def _setup(settings: Settings) -> ASGIApp:
    """Serve the setup pages, and tell the operator alone the key to them."""
    from bot.web.credentials import credentials_file
    from bot.web.setup import create_setup_app

    key = secrets.token_urlsafe(16)
    address = settings.public_url or f"http://{settings.host}:{settings.port}"
    errors.print("No GitHub App is set up, so this serves only the pages to register one.", style="yellow")
    if credentials_file(settings).exists():
        errors.print(
            f"One was registered before: start with the settings in {credentials_file(settings)}, "
            "or move that file away to register another.",
            markup=False,
        )
    else:
        said = f"Open {address}/setup and enter this key: {key}"
        errors.print(said, markup=False, highlight=False, soft_wrap=True)
    return create_setup_app(settings, key)


def schema() -> None:
    """Print the JSON Schema of .github/giveback.yml."""
    from bot.features import sections

    typer.echo(json.dumps(json_schema(sections()), indent=2))
