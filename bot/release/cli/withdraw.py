"""The command ``giveback release withdraw``: hide a model at once, with no App; nothing is deleted here."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated

import typer

from bot.hub.errors import HubError
from bot.hub.taking_back import TakingBack
from bot.hub.ways_back import Hidden, Leak
from bot.release.cli.candidate import hub_access
from bot.release.cli.local_world import LocalWorld, who_asks
from bot.release.sources.errors import SourceError
from bot.release.withdrawal import planned


@dataclass(frozen=True)
class Seen:
    """Hold what became of it: ``hidden`` is None when nothing was changed, ``leak`` when it was not found."""

    hidden: Hidden | None = None
    leak: Leak | None = None
    problem: str = ""
    next_step: str = ""


def withdraw(
    hub_id: Annotated[str, typer.Argument(help="The model, as owner/name.")],
    versions: Annotated[list[str], typer.Argument(help="The versions that must not be out there.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what deleting them would come to, and change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a model private at once, and show what deleting the versions would come to; the token is HF_TOKEN.

    Nothing is deleted: that takes the word of two people, so it is asked for on GitHub. The exit code is 0
    only if the model is private and every version was found, or with --dry-run could be.
    """
    named = tuple(dict.fromkeys(version.removeprefix("v") for version in versions))
    seen = asyncio.run(_withdraw(hub_id, named, change=not dry_run))
    said = _hidden(hub_id, seen.hidden)
    deletes = _deleting(hub_id, named) if seen.leak else seen.next_step
    if as_json:
        told = {
            "hub_id": hub_id,
            "versions": list(named),
            "status": "hidden" if seen.hidden else "unchanged",
            "was_public": seen.hidden.was_public if seen.hidden else None,
            "url": seen.hidden.url if seen.hidden else None,
            "message": f"{said} {seen.problem}".strip(),
            "next_step": deletes,
            "plan": list(planned(seen.leak)) if seen.leak else [],
            "deletes": [file.path for file in seen.leak.doomed] if seen.leak else [],
        }
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for line in filter(None, (said, seen.problem, deletes)):
            typer.echo(line)
        for line in planned(seen.leak) if seen.leak else ():
            typer.echo(f"  {line}")
    raise typer.Exit(1 if seen.problem else 0)


async def _withdraw(hub_id: str, versions: tuple[str, ...], *, change: bool) -> Seen:
    """Hide the model before anything is looked at; a version that is not there does not keep it public."""
    world = LocalWorld(who_asks(), lambda _: True)
    hidden = None
    try:
        async with TakingBack(hub_access()) as hub:
            if change:
                hidden = await world.step("hide", hub.hide, hub_id)
            return Seen(hidden, await world.step("look", hub.look_at_leak, hub_id, versions))
    except (HubError, SourceError) as error:
        return Seen(hidden, problem=error.message, next_step=error.next_step)


def _hidden(hub_id: str, hidden: Hidden | None) -> str:
    if hidden is None:
        return f"{hub_id} was not changed."
    return f"{hub_id} is private now." if hidden.was_public else f"{hub_id} was private already."


def _deleting(hub_id: str, versions: tuple[str, ...]) -> str:
    return (
        "Nothing was deleted: what is deleted for good takes the word of two people, and here is one. "
        f"Comment /withdraw-release {' '.join(versions)} model={hub_id} on GitHub, where a second maintainer "
        "approves; this is what it would come to:"
    )
