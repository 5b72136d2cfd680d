"""Decide as whom the command line acts on the Hub: as a job that the Hub trusts, or with a token."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from bot.hub.errors import HubError
from bot.hub.jobs import HubAccess
from bot.hub.publishing import Publisher
from bot.release.attestations.job import is_offered
from bot.release.cli.candidate import hub_access


async def publishing_access(hub_id: str) -> HubAccess:
    """Act on a model as a trusted publisher where this job can prove who it is, else with HF_TOKEN.

    Raises typer.Exit when the Hub does not take the proof and there is no token.
    """
    access, refusal = await _best_access(hub_id)
    if refusal is not None and not access.token:
        typer.echo(f"{refusal} Or set HF_TOKEN.", err=True)
        raise typer.Exit(1)
    if refusal is not None:
        typer.echo(f"{refusal.message} HF_TOKEN is used instead.", err=True)
    elif access.trusted:
        typer.echo(f"This job acts on {hub_id} as a trusted publisher.", err=True)
    return access


async def reading_access(hub_id: str) -> HubAccess:
    """Read a model as a trusted publisher where the Hub trusts this job, else with HF_TOKEN or as anybody."""
    access, _ = await _best_access(hub_id)
    return access


async def _best_access(hub_id: str) -> tuple[HubAccess, HubError | None]:
    """Give the job's own access where the Hub takes its proof, and else the token's, with why it does not."""
    by_token = hub_access()
    if not can_prove_itself(os.environ):
        return by_token, None
    trusted = HubAccess(by_token.endpoint, "", trusted=hub_id)
    try:
        await Publisher(trusted).prove()
    except HubError as error:
        return by_token, error
    return trusted, None


def can_prove_itself(environment: Mapping[str, str]) -> bool:
    """Tell whether this is a job with an identity that the Hub may be asked to trust."""
    return is_offered(environment) or bool(environment.get("HF_OIDC_ID_TOKEN"))
