"""``giveback plan``: show what the bot would do about a delivery, and do nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.cli.service import settings_or_exit
from bot.cli.terminal import visible
from bot.config import ConfigError, load
from bot.dispatch import Decision
from bot.errors import RefusedError
from bot.events import Event, MalformedPayloadError, read_event
from bot.settings import Settings


def plan(
    payload: Annotated[
        Path, typer.Argument(help="The delivery's body, as JSON.", exists=True, dir_okay=False)
    ],
    event: Annotated[str, typer.Option(help="The event's name, as in X-GitHub-Event.")],
    config: Annotated[
        Path | None, typer.Option(help="A giveback.yml to decide by, instead of the defaults.", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Print the plan for a delivery without writing anything.

    What features want to read from GitHub is read as the App when its settings are there; without
    them, a feature that needs to read says so.
    """
    settings = settings_or_exit()
    try:
        delivery = read_event(event, "plan", payload.read_bytes())
        rules = config.read_bytes().decode("utf-8", errors="replace") if config else None
        decision = asyncio.run(_decide(delivery, settings, rules))
    except (MalformedPayloadError, ConfigError) as error:
        typer.echo(visible(error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(decision.model_dump_json(indent=2))
    else:
        _show(decision)


async def _decide(event: Event, settings: Settings, config: str | None) -> Decision:
    from bot.dispatch import Dispatcher
    from bot.features import FEATURES, sections
    from bot.github.client import AppClient
    from bot.installations import Reader
    from bot.store import create_tables, open_database

    dispatcher = Dispatcher(FEATURES, settings.slug)
    rules = load(config, None, sections())
    if not dispatcher.concerns(event):
        return Decision()
    if event.installation is None or settings.missing() or settings.github_private_key is None:
        return await dispatcher.decide(event, rules, _NoReads())
    github = AppClient(
        api_url=settings.github_api_url,
        app_id=settings.github_app_id or "",
        private_key=settings.github_private_key.get_secret_value(),
    )
    database = open_database(settings.database_url)
    try:
        create_tables(database)
        reader = Reader(
            github.installation(event.installation), settings.github_url, database, settings.hub_namespaces
        )
        return await dispatcher.decide(event, rules, reader)
    finally:
        await github.close()
        database.dispose()


class _NoReads:
    """Stands in for GitHub when there are no credentials: every read says what it would need."""

    def __getattr__(self, read: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def refuse(*_: object) -> Any:
            raise RefusedError(f"needs to read {read.replace('_', ' ')} from GitHub, as the App", 401)

        return refuse


def _show(decision: Decision) -> None:
    console = Console()
    if not decision.plan.actions and not decision.failures:
        console.print("Nothing to do.")
    for number, action in enumerate(decision.plan.actions, start=1):
        console.print(
            visible(f"{number}. {action.kind.replace('_', ' ')} on {action.place}"),
            style="bold",
            markup=False,
        )
        because = visible(f"{action.reason} ({action.feature})")
        console.print(f"   because {because}", markup=False, highlight=False)
        details = action.model_dump(
            exclude={"kind", "thread", "repository", "reason", "feature"}, exclude_none=True
        )
        for name, value in details.items():
            console.print(f"   {name}: {visible(value)}", markup=False, highlight=False)
    for failure in decision.failures:
        why = visible(failure.message)
        console.print(f"{failure.feature} could not decide: {why}", style="yellow", markup=False)
