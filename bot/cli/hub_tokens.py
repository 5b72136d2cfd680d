"""``giveback hub-tokens``: set, list and remove the tokens with which models are published on the Hub."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import hub_tokens
from bot.cli.database import session_or_exit
from bot.cli.service import settings_or_exit
from bot.cli.terminal import visible
from bot.hub.errors import HubError
from bot.hub.jobs import Access, HubAccess
from bot.hub.publishing import Publisher
from bot.hub_tokens import HubToken, UnreadableTokenError

tokens = typer.Typer(
    no_args_is_help=True, help="Set and remove the tokens with which models are published on the Hub."
)

_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{1,96}")

Namespace = Annotated[str, typer.Argument(help="The organisation or user on the Hub.")]


@tokens.command()
def key() -> None:
    """Print a new key for GIVEBACK_HUB_TOKEN_KEYS; nothing keeps it."""
    typer.echo(Fernet.generate_key().decode())


@tokens.command("set")
def set_(
    namespace: Namespace,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Keep it without asking the Hub about it.")
    ] = False,
) -> None:
    """Keep the token for a namespace, encrypted; it is read from standard input, or asked for."""
    if not _NAMESPACE.fullmatch(namespace):
        raise typer.BadParameter(f"{visible(namespace)} is no namespace of the Hub")
    keys = _keys()
    token = (typer.prompt("Token", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()).strip()
    if not token.isascii() or not token.isprintable() or not token:
        _stop("That is no token: expected one line that begins with hf_.")
    if not unchecked:
        _check(namespace, HubAccess(settings_or_exit().hub_endpoint, token))
    with session_or_exit() as session:
        hub_tokens.put(session, keys, namespace, token)
        session.commit()
    typer.echo(f"Releases to {namespace}/… use this token from now on.")


@tokens.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the namespaces that have a token of their own, and whether the keys open it."""
    keys = settings_or_exit().fernet_keys
    with session_or_exit() as session:
        rows = [_summary(kept, keys) for kept in hub_tokens.every(session)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("namespace", "set at", "state")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row.values()))
    Console().print(table)


@tokens.command()
def remove(namespace: Namespace) -> None:
    """Forget the token for a namespace; it stays good on the Hub until it is revoked there."""
    with session_or_exit() as session:
        if not hub_tokens.remove(session, namespace):
            said = f"There is no token for {visible(namespace)}."
            _stop(f"{said} `giveback hub-tokens list` shows those there are.")
        session.commit()
    typer.echo(f"The token for {namespace} is forgotten. Revoke it on the Hub too, if nobody else needs it.")


@tokens.command()
def rotate() -> None:
    """Encrypt every token anew with the first of GIVEBACK_HUB_TOKEN_KEYS; the others can be removed then."""
    keys = _keys()
    with session_or_exit() as session:
        try:
            count = hub_tokens.rotate(session, keys)
        except UnreadableTokenError as error:
            _stop(f"Nothing was changed: no key opens the token for {error}. Add its key, or set it again.")
        session.commit()
    typer.echo(f"{count} encrypted anew. Only the first key is needed now.")


def _keys() -> tuple[str, ...]:
    keys = settings_or_exit().fernet_keys
    if not keys:
        _stop("GIVEBACK_HUB_TOKEN_KEYS is not set. `giveback hub-tokens key` makes a key for it.")
    return keys


def _check(namespace: str, hub: HubAccess) -> None:
    """Ask the Hub about the token; one that cannot write, or that it does not know, is refused."""
    try:
        found: Access = asyncio.run(Publisher(hub).access())
    except HubError as error:
        _stop(f"It was not kept: {error.message} --unchecked keeps it without asking.")
    if namespace.lower() not in (name.lower() for name in (found.name, *found.organisations)):
        typer.echo(f"The Hub does not say that {found.name} is a member of {namespace}.", err=True)
    if found.role != "fineGrained":
        said = f"It may do whatever {found.name} may; a fine-grained one for {namespace} alone is safer."
        typer.echo(said, err=True)


def _summary(kept: HubToken, keys: tuple[str, ...]) -> dict[str, str]:
    try:
        hub_tokens.open_sealed(kept, keys)
    except UnreadableTokenError:
        state = "no key opens it"
    else:
        state = "good"
    set_at = datetime.fromtimestamp(kept.set_at, UTC).isoformat(timespec="seconds")
    return {"namespace": kept.namespace, "set_at": set_at, "state": state}


def _stop(said: str) -> NoReturn:
    """Say why it cannot be done, and end the command."""
    typer.echo(said, err=True)
    raise typer.Exit(1)
