"""``giveback plan``: show what the bot would do about a delivery, and do nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot import store
from bot.actions import Action
from bot.cli.database import session_or_exit
from bot.cli.service import settings_or_exit
from bot.cli.terminal import visible
from bot.config import ConfigError, RepoConfig, load
from bot.dispatch import Decision
from bot.errors import RefusedError, TransientError
from bot.events import Event, MalformedPayloadError, read_event
from bot.rendering import render
from bot.schema import OtherSchemaError

UNDECIDED = 3
"""The exit code when something could not be read, so that the plan may not be all of it."""


def plan(
    delivery: Annotated[
        str, typer.Argument(help="The delivery's body as a JSON file, or the id of one that arrived.")
    ],
    event: Annotated[
        str | None, typer.Option(help="The event's name, as in X-GitHub-Event; needed with a file.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A giveback.yml to decide by, instead of the repository's.", exists=True),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Print the plan for a delivery without writing anything.

    With the App's settings it decides by the repository's own configuration, and reads what features ask
    for. Without them it decides by the defaults, as far as nothing has to be read. It exits with 3 when a
    feature could not decide.
    """
    try:
        found = _arrived(delivery) if event is None else _read(event, delivery)
        decision = _decide(found, config)
    except (MalformedPayloadError, ConfigError, OtherSchemaError) as error:
        typer.echo(visible(error), err=True)
        raise typer.Exit(2) from None
    except (RefusedError, TransientError) as error:
        typer.echo(f"The repository's configuration could not be read: {visible(error)}", err=True)
        raise typer.Exit(UNDECIDED) from None
    if as_json:
        typer.echo(decision.model_dump_json(indent=2))
    else:
        typer.echo(visible(in_words(decision)), nl=False)
    if decision.failures:
        raise typer.Exit(UNDECIDED)


def _read(event: str, name: str) -> Event:
    try:
        return read_event(event, "plan", Path(name).read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{name} cannot be read: {error.strerror}") from None


def _arrived(guid: str) -> Event:
    with session_or_exit(must_exist=True) as session:
        row = store.find_delivery(session, guid)
    if row is None:
        raise typer.BadParameter(f"no delivery {guid} arrived; with a file, name its event with --event")
    return read_event(row.event, row.guid, row.body)


def _decide(event: Event, config: Path | None) -> Decision:
    from bot.cli.deciding import decide  # PyGithub and the rest take a second to load
    from bot.features import sections

    rules: RepoConfig | None = None
    if config is not None:
        rules = load(config.read_bytes().decode("utf-8", errors="replace"), None, sections())
    return asyncio.run(decide(event, settings_or_exit(), rules))


def in_words(decision: Decision) -> str:
    """Write what a decision comes to, place by place, for whoever tries a rule out."""
    places: dict[str, list[tuple[int, Action]]] = {}
    for number, action in enumerate(decision.plan.actions, start=1):
        places.setdefault(action.place, []).append((number, action))
    undecided: dict[str, list[str]] = {}
    for failure in decision.failures:
        features = undecided.setdefault(failure.message, [])
        if failure.feature not in features:
            features.append(failure.feature)
    return render(
        "terminal/plan.txt.j2",
        places=places,
        undecided=undecided,
        concerned=decision.concerned,
        dry_run=decision.dry_run,
    )
