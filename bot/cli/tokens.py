"""``giveback tokens``: make, list and revoke the tokens with which pipelines ask for releases."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import api_tokens
from bot.api_tokens import ApiToken
from bot.cli.database import session_or_exit
from bot.cli.service import settings_or_exit
from bot.cli.terminal import visible

tokens = typer.Typer(
    no_args_is_help=True, help="Make and revoke tokens with which pipelines ask for releases."
)

DAY = 86_400.0
_PLACE = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@tokens.command()
def create(
    name: Annotated[str, typer.Argument(help="What to call it, such as the pipeline's name.")],
    owner: Annotated[
        str,
        typer.Option(
            help="Login on GitHub of who answers for it: they need write permission, count as who asks for "
            "each release, and so cannot approve it."
        ),
    ],
    repository: Annotated[list[str], typer.Option(help="A repository it is for, as owner/repo; repeat it.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days it is good for.")] = 365,
    account: Annotated[
        int | None,
        typer.Option(min=1, help="GitHub's number of the owner's account; looked up when it is left out."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token, and print it: it is shown this once, and kept only as a digest.

    GitHub is asked whose login it is, with the token of your own in GITHUB_TOKEN if there is one. Whoever has
    the login later cannot use the token.
    """
    if not _LOGIN.fullmatch(owner):
        raise typer.BadParameter(f"{visible(owner)} is no login")
    for place in repository:
        if not _PLACE.fullmatch(place):
            raise typer.BadParameter(f"{visible(place)} is not written as owner/repo")
    number = account or _account_of(owner)
    with session_or_exit() as session:
        made, token = api_tokens.create(
            session,
            name,
            owner,
            repository,
            owner_account=number,
            expires_at=time.time() + days * DAY,
        )
        session.commit()
    if as_json:
        typer.echo(json.dumps({"id": made.id, "token": token}))
        return
    typer.echo(token)
    typer.echo(f"Keep it now, it is not shown again. `giveback tokens revoke {made.id}` ends it.", err=True)


@tokens.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the tokens, the newest first; the tokens themselves are not kept."""
    with session_or_exit() as session:
        rows = [_summary(token) for token in api_tokens.every(session)]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("id", "name", "owner", "repositories", "until", "state")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row.values()))
    Console().print(table)


@tokens.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The token's id, as `giveback tokens list` shows it.")],
) -> None:
    """Have a token be good for nothing from now on."""
    with session_or_exit() as session:
        if not api_tokens.revoke(session, id):
            typer.echo(
                f"There is no token {visible(id)}. `giveback tokens list` shows those there are.", err=True
            )
            raise typer.Exit(1)
        session.commit()
    typer.echo(f"{id} is revoked. Releases that were asked for with it go on; /cancel-release stops one.")


def _account_of(owner: str) -> int:
    from bot.github.accounts import NoAccountError, account_of

    try:
        return account_of(
            owner, api_url=settings_or_exit().github_api_url, token=os.environ.get("GITHUB_TOKEN")
        )
    except NoAccountError as error:
        said = f"No token was made: {error}. Check --owner, or give the number with --account."
        typer.echo(said, err=True)
        raise typer.Exit(1) from None


def _state(token: ApiToken) -> str:
    if token.revoked_at:
        return "revoked"
    if not token.owner_account:
        return "no account"
    return "good" if token.is_good(time.time()) else "too old"


def _summary(token: ApiToken) -> dict[str, str]:
    until = (
        datetime.fromtimestamp(token.expires_at, UTC).date().isoformat() if token.expires_at else "for ever"
    )
    return {
        "id": token.id,
        "name": token.name,
        "owner": token.owner,
        "repositories": ", ".join(token.repositories),
        "until": until,
        "state": _state(token),
    }
