"""The command ``giveback release rollback``: bring a model back to an earlier version, with no App."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bot.hub.errors import HubError
from bot.hub.taking_back import TakingBack
from bot.hub.ways_back import WayBack
from bot.release.cli.identity import publishing_access
from bot.release.cli.local_world import NOBODY_ELSE, LocalWorld, typed_confirmation, who_asks
from bot.release.cli.run import ALONE, report
from bot.release.progress import ReleaseOutcome, ReleaseProgress, Status
from bot.release.rollback import RollbackRequest, planned
from bot.release.rollback import run as go_back
from bot.release.taking_back import HubRollback
from bot.scratch import Scratch


def rollback(
    hub_id: Annotated[str, typer.Argument(help="The model, as owner/name.")],
    version: Annotated[
        str, typer.Argument(help="The version; the one before the current one if left out.")
    ] = "",
    alone: Annotated[str, ALONE] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask to type the model's id.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Bring a model back to an earlier version in one commit with its history kept; the token is HF_TOKEN.

    The exit code is 0 only if it is back and every file was compared, or with --dry-run could go back.
    """
    if dry_run:
        _show(hub_id, version, as_json=as_json)
        return
    if not alone:
        typer.echo(NOBODY_ELSE.format("/rollback-release"), err=True)
        raise typer.Exit(2)
    operator = who_asks()
    request = RollbackRequest("cli", "", hub_id, version.removeprefix("v"), operator, alone=alone)
    world = LocalWorld(operator, typed_confirmation(yes=yes, before=_say_what_waits))
    outcome = asyncio.run(_go_back(request, world))
    if as_json:
        typer.echo(json.dumps(report(outcome, world.shown), indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{outcome.status.value.capitalize()}. {outcome.message}\n{outcome.next_step}".rstrip())
    raise typer.Exit(0 if outcome.status is Status.ROLLED_BACK else 1)


async def _go_back(request: RollbackRequest, world: LocalWorld) -> ReleaseOutcome:
    with Scratch("rollback") as room:
        async with TakingBack(await publishing_access(request.hub_id)) as hub:
            return await go_back(request, world, HubRollback(hub, Path(room)))


async def _look_back(hub_id: str, version: str) -> WayBack:
    return await TakingBack(await publishing_access(hub_id)).look_back(hub_id, version)


def _show(hub_id: str, version: str, *, as_json: bool) -> None:
    """Print what going back comes to, and change nothing."""
    try:
        way = asyncio.run(_look_back(hub_id, version.removeprefix("v")))
    except HubError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        plan = {
            "hub_id": hub_id,
            "from": way.current,
            "head": way.head,
            "to": way.tag,
            "commit": way.old,
            "changed": list(way.changed),
            "removed": list(way.removed),
            "digest": way.digest,
        }
        typer.echo(json.dumps(plan, indent=2, ensure_ascii=False))
        return
    for line in planned(way):
        typer.echo(line)


def _say_what_waits(progress: ReleaseProgress) -> None:
    for line in progress.plan:
        typer.echo(line, err=True)
