"""Decide as whom the command line publishes: as a job that the Hub trusts, or with a token."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from bot.hub.errors import HubError
from bot.hub.jobs import HubAccess
from bot.hub.publishing import Publisher
from bot.release.cli.candidate import hub_access


async def publishing_access(hub_id: str) -> HubAccess:
    """Publish as a trusted publisher where this job can prove who it is, else with HF_TOKEN.

    Raises typer.Exit when the Hub does not take the proof and there is no token.
    """
    by_token = hub_access()
    if not can_prove_itself(os.environ):
        return by_token
    trusted = HubAccess(by_token.endpoint, "", trusted=hub_id)
    try:
        await Publisher(trusted).prove()
    except HubError as error:
        if not by_token.token:
            typer.echo(f"{error} Or set HF_TOKEN.", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{error.message} HF_TOKEN is used instead.", err=True)
        return by_token
    typer.echo(f"This job publishes {hub_id} as a trusted publisher.", err=True)
    return trusted


def can_prove_itself(environment: Mapping[str, str]) -> bool:
    """Tell whether this is a job with an identity that the Hub may be asked to trust."""
    on_actions = environment.get("GITHUB_ACTIONS") == "true" and environment.get(
        "ACTIONS_ID_TOKEN_REQUEST_URL"
    )
    return bool(on_actions or environment.get("HF_OIDC_ID_TOKEN"))
