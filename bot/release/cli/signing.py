"""Decide with what the command line signs a release: a key, this job's identity, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from bot.hub.errors import HubRefused
from bot.release.attestations.job import JobIdentity, is_offered, job_identity
from bot.release.attestations.keyless import EXTRA
from bot.release.attestations.signing import KeyFile, Keyless, Signing, Unsigned, why_unsigned
from bot.release.signer import Identity

TRUST_CONFIG = typer.Option(
    help="The Sigstore to trust, as a ClientTrustConfig; else Sigstore's public services.",
    dir_okay=False,
    exists=True,
)
NO_IDENTITY = Unsigned("no signing key is set, and this is no job with an identity of its own")
DECLINED = Unsigned("--no-keyless was given, and no key")
NOT_PUBLIC = Unsigned(
    "this job does not say that its repository is public, and a signature by its identity tells the "
    "repository's name to everybody for good; --keyless signs it all the same"
)


def signing_for(
    expected: Identity | None, key: Path | None, keyless: bool | None, trust: Path | None
) -> Signing:
    """Decide with what to sign a release whose manifest has ``expected`` sign it.

    ``keyless`` is whether this job's identity is to sign it. None leaves that to the manifest, then to the
    ``key``, then to whether the job runs for a public repository: the signature names it in a public log.
    Raises typer.Exit where what was asked for cannot be done.
    """
    if keyless or (keyless is None and key is None and expected is not None):
        return _surely(Keyless(trust))
    if key is not None:
        return KeyFile(key)
    if keyless is False:
        return DECLINED
    return _if_public(Keyless(trust)) if is_offered(os.environ) else NO_IDENTITY


def _surely(signing: Keyless) -> Keyless:
    if unable := why_unsigned(signing):
        raise _refused(f"It cannot be signed by this job: {unable}. {EXTRA}")
    if _job() is None:
        raise _refused(
            "It cannot be signed by this job: it has no identity of its own, as one of GitHub Actions has "
            "with the permission id-token: write."
        )
    return signing


def _if_public(signing: Keyless) -> Signing:
    if unable := why_unsigned(signing):
        return Unsigned(unable)
    job = _job()
    return signing if job is not None and job.is_public else NOT_PUBLIC


def _job() -> JobIdentity | None:
    try:
        return job_identity()
    except HubRefused as error:
        raise _refused(str(error)) from None


def _refused(why: str) -> typer.Exit:
    typer.echo(why, err=True)
    return typer.Exit(1)
