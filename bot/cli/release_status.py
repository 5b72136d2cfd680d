"""``giveback release status``: see where a model stands on the Hub, or one release of the service."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import audit
from bot.actions import DecideRelease
from bot.audit import AuditEntry
from bot.cli.database import session_or_exit
from bot.cli.releases import summary
from bot.cli.terminal import visible
from bot.hub.errors import HubError
from bot.hub.taking_back import TakingBack
from bot.hub.ways_back import Standing
from bot.release.cli.identity import reading_access
from bot.releases import ReleaseRecord


def status(
    which: Annotated[str, typer.Argument(metavar="HUB_ID|ID", help="A model, or the id of a release.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell where a model stands on the Hub, given as owner/name; or how far a release is, given by its id."""
    found = _on_the_hub(which) if "/" in which else _noted(which)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {visible(_plain(value))}")


def _on_the_hub(hub_id: str) -> dict[str, object]:
    try:
        found = asyncio.run(_standing(hub_id))
    except HubError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    return {
        "model": hub_id,
        "url": found.url,
        "visibility": "public" if found.public else "private",
        "current": found.current or "no version stands at the head of main",
        "head": found.head,
        "versions": found.versions,
    }


async def _standing(hub_id: str) -> Standing:
    return await TakingBack(await reading_access(hub_id)).standing(hub_id)


def _noted(release: str) -> dict[str, object]:
    with session_or_exit(must_exist=True) as session:
        record = session.get(ReleaseRecord, release)
        if record is None:
            typer.echo("No release has this id. giveback release list shows those there are.", err=True)
            raise typer.Exit(1)
        sent = {"sent": f"{record.done_bytes} of {record.total_bytes} bytes"} if record.total_bytes else {}
        decided = audit.decisions_on(session, release, record.number)
        return {**summary(record), **sent, "decisions": [_decision(entry) for entry in decided]}


def _decision(entry: AuditEntry) -> str:
    said = DecideRelease.model_validate_json(entry.action)
    when = datetime.fromtimestamp(entry.started_at, UTC).isoformat(timespec="seconds")
    return f"{when} {said.login} ({said.permission}): {said.verdict} {said.digest[:12]}".rstrip()


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} ({str(commit)[:12]})" for name, commit in value.items()) or "none"
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return str(value)
