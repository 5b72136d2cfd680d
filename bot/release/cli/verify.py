"""Check a model on the Hub against what was published with it: ``giveback verify``."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from bot.cards.hub_ids import is_hub_id
from bot.documents import DocumentError
from bot.hub.comparer import Comparer
from bot.hub.errors import HubError
from bot.hub.jobs import ATTESTATIONS, PublishedFile
from bot.release.attestations.proving import Prover, by_identity, by_key
from bot.release.attestations.signature import read_public_key
from bot.release.cli.candidate import hub_access
from bot.release.cli.signing import TRUST_CONFIG
from bot.release.files import MANIFEST
from bot.release.manifest import read_manifest
from bot.release.signer import GITHUB_ACTIONS, Identity
from bot.release.verifying import MAX_ATTESTATION, Check, Copy, Verdict, expected, judge
from bot.scratch import Scratch

_VERSION_TAG = re.compile(r"v(\d+\.\d+\.\d+(?:[-+].*)?)")


def verify(
    hub_id: Annotated[str, typer.Argument(help="The model, as owner/name.")],
    revision: Annotated[str, typer.Option(help="A tag, branch or commit.")] = "main",
    key: Annotated[
        Path | None, typer.Option(help="The public key of who released it, as PEM.", dir_okay=False)
    ] = None,
    identity: Annotated[
        str, typer.Option(help="Who has to have signed it without a key, such as a workflow's address.")
    ] = "",
    issuer: Annotated[
        str, typer.Option(help="Who has to vouch for that identity; GitHub Actions otherwise.")
    ] = "",
    manifest: Annotated[
        Path | None,
        typer.Option(help=f"A {MANIFEST} from its makers, which names who signs.", dir_okay=False),
    ] = None,
    trust_config: Annotated[Path | None, TRUST_CONFIG] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Ask for no signature: who released it stays unknown.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Download a released model and check it against its hashes, signature, provenance and ML-BOM.

    The exit code is 0 only if all of them hold, 1 if one does not, and 2 if the model could not be read.
    """
    if not is_hub_id(hub_id) or "/" not in hub_id:
        raise typer.BadParameter("write it as owner/name", param_hint="HUB_ID")
    whose = _whose(hub_id, key, identity, issuer, manifest, trust_config)
    if whose is not None and unsigned:
        raise typer.BadParameter("you said whose signature it has to have", param_hint="--unsigned")
    try:
        copy = asyncio.run(_read(hub_id, revision))
    except HubError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    tag = _VERSION_TAG.fullmatch(revision)
    checks = judge(copy, version=tag[1] if tag else None, prove=whose, unsigned=unsigned)
    holds = all(check.verdict is Verdict.HOLDS for check in checks)
    if as_json:
        listed = [_as_dict(check) for check in checks]
        said = {"hub_id": hub_id, "commit": copy.commit, "holds": holds, "checks": listed}
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        _say(copy, checks, holds=holds, unsigned=unsigned)
    raise typer.Exit(0 if holds else 1)


async def _read(hub_id: str, revision: str) -> Copy:
    """Read what is to be judged. Raises HubError."""
    async with Comparer(hub_access()) as hub:
        found = await hub.revision(hub_id, revision)
        sizes = {file.path: file.size for file in found.files}
        small = tuple(one for one in ATTESTATIONS if sizes.get(one, MAX_ATTESTATION + 1) <= MAX_ATTESTATION)
        with Scratch("verify") as folder:
            await hub.attestations(hub_id, found.commit, small, Path(folder))
            texts = {name: (Path(folder) / name).read_bytes() for name in small}
        copy = Copy(hub_id, found.commit, frozenset(sizes), texts)
        wanted = tuple(PublishedFile(path, sizes[path], sha) for path, sha in expected(copy).items())
        return replace(copy, differing=await hub.compare(hub_id, found.commit, wanted))


def _whose(
    hub_id: str, key: Path | None, identity: str, issuer: str, manifest: Path | None, trust: Path | None
) -> Prover | None:
    """Say whose signature is expected; None when nobody said."""
    if sum((key is not None, bool(identity), manifest is not None)) > 1:
        raise typer.BadParameter("name only one of them", param_hint="--key, --identity, --manifest")
    if issuer and not identity:
        raise typer.BadParameter("it vouches for an --identity", param_hint="--issuer")
    if trust is not None and not identity and manifest is None:
        raise typer.BadParameter("it is for an --identity or a --manifest", param_hint="--trust-config")
    if key is not None:
        return by_key(_public_key(key))
    if identity:
        return by_identity(Identity(identity, issuer or GITHUB_ACTIONS), trust)
    return by_identity(_signer_of(hub_id, manifest), trust) if manifest is not None else None


def _signer_of(hub_id: str, path: Path) -> Identity:
    """Read who signs a model from a manifest that whoever verifies has from its makers."""
    try:
        manifest = read_manifest(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{path} cannot be read as UTF-8 text", param_hint="--manifest") from None
    except DocumentError as error:
        raise typer.BadParameter(f"{path}:{error.problems[0]}", param_hint="--manifest") from None
    if manifest.hub_id != hub_id:
        raise typer.BadParameter(f"{path} is about {manifest.hub_id}", param_hint="--manifest")
    if manifest.signed_by is None:
        raise typer.BadParameter(f"{path} does not name who signs", param_hint="--manifest")
    return manifest.signed_by


def _public_key(path: Path) -> EllipticCurvePublicKey:
    try:
        return read_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        why = "it cannot be read" if isinstance(error, OSError) else str(error)
        raise typer.BadParameter(f"{path}: {why}", param_hint="--key") from None


def _as_dict(check: Check) -> dict[str, object]:
    outcome = check.verdict.value.replace(" ", "_")
    return {"name": check.name, "outcome": outcome, "evidence": list(check.evidence)}


def _say(copy: Copy, checks: tuple[Check, ...], *, holds: bool, unsigned: bool) -> None:
    for check in checks:
        typer.echo(f"{check.name}: {check.verdict}")
        for line in check.evidence:
            typer.echo(f"  {line}")
    end = "is what its attestations say" if holds else "is not shown to be what it should be"
    typer.echo(f"{copy.hub_id} at {copy.commit[:12]} {end}.")
    if holds and unsigned:
        typer.echo("Nobody's signature was asked for, so who wrote the attestations is not known.")
