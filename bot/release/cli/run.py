"""The command ``giveback release run``: release a model from a folder, with no App."""

from __future__ import annotations

import asyncio
import hashlib
import json
import platform
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.aside import aside
from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.attestations.signing import Signing
from bot.release.cli.candidate import folder_and_manifest, hub_access
from bot.release.cli.gate_results import gate_as_json, say_gates
from bot.release.cli.identity import publishing_access
from bot.release.cli.local_world import NOBODY_ELSE, LocalWorld, typed_confirmation, who_asks
from bot.release.cli.signing import TRUST_CONFIG, signing_for
from bot.release.files import MANIFEST
from bot.release.gates import approval
from bot.release.manifest import manifest_or_problems
from bot.release.progress import ReleaseOutcome, ReleaseProgress, Status
from bot.release.request import Pin, ReleaseRequest
from bot.release.workflow import run as release
from bot.scratch import Scratch, sweep

_HUB_ID = re.compile(r"^hub_id:.*$", re.MULTILINE)

ALONE = typer.Option(
    "--without-second-person",
    metavar="REASON",
    help="Waive the approval of a second person, and say why; it is stated in the report.",
)


@dataclass(frozen=True)
class FolderOfThisMachine:
    """A source that is a folder of this machine, whose manifest was read already."""

    folder: Path
    text: str

    async def manifest(self, request: ReleaseRequest) -> str | None:
        """Give the manifest's text."""
        return self.text or None

    async def files(
        self, request: ReleaseRequest, source: str, into: Path, pinned: tuple[Pin, ...] = ()
    ) -> tuple[Pin, ...]:
        """Copy the folder, so that nothing is written into it, nor changed while it is released."""
        await aside(shutil.copytree, self.folder, into, symlinks=True, dirs_exist_ok=True)
        return ()


def run(
    folder: Annotated[
        Path, typer.Argument(help="The model's folder, or the repository.", exists=True, file_okay=False)
    ],
    hub_id: Annotated[str, typer.Option(help="Release as this, whatever the manifest says.")] = "",
    manifest: Annotated[
        Path | None, typer.Option(help=f"The {MANIFEST} to go by; found by itself otherwise.")
    ] = None,
    alone: Annotated[str, ALONE] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask to type the model's id.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every file, commit and setting, and write nothing.")
    ] = False,
    signing_key: Annotated[
        Path | None,
        typer.Option(envvar="GIVEBACK_SIGNING_KEY_PATH", help="Sign it with this private key, as PEM."),
    ] = None,
    keyless: Annotated[
        bool | None,
        typer.Option(help="Have this job's identity sign it; by itself in a job for a public repository."),
    ] = None,
    trust_config: Annotated[Path | None, TRUST_CONFIG] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Release the model in FOLDER: gates, confirmation, upload, verification, tag; the token is HF_TOKEN.

    In a job of GitHub Actions that the Hub trusts to publish the model, no token is needed.
    Such a job can sign the model too, with no key; its name then stands in a public log.
    The exit code is 0 only if every gate passed and it was published, or with --dry-run would be. Killed, it
    goes on where it was when it is given again.
    """
    if keyless and signing_key is not None:
        raise typer.BadParameter("a key is set to sign with; name one of them", param_hint="--keyless")
    if not alone and not dry_run:
        typer.echo(NOBODY_ELSE.format("/release-model"), err=True)
        raise typer.Exit(2)
    sweep()
    source, text = folder_and_manifest(folder.resolve(), manifest)
    if hub_id:
        text = _HUB_ID.sub(lambda _: f"hub_id: {hub_id}", text)
    operator = who_asks()
    request = ReleaseRequest(
        id=_id_of(source, hub_id),
        repository="",
        commit="",
        requester=operator,
        private=True,
        dry_run=dry_run,
        alone=alone,
    )
    manifest_read, _ = manifest_or_problems(text)
    expected = manifest_read.signed_by if manifest_read else None
    signing = signing_for(expected, signing_key, keyless, trust_config)
    world = LocalWorld(operator, typed_confirmation(yes=yes, before=_say_what_waits))
    outcome = asyncio.run(_release(request, world, FolderOfThisMachine(source, text), signing))
    if as_json:
        typer.echo(json.dumps(report(outcome, world.shown), indent=2, ensure_ascii=False))
    else:
        say(outcome, world.shown.remarks if world.shown else ())
    raise typer.Exit(0 if _is_good(outcome) else 1)


def _id_of(source: Path, hub_id: str) -> str:
    """Name the attempt so that giving the command again here finds what was prepared on the Hub."""
    return f"cli-{hashlib.sha256(f'{platform.node()} {source} {hub_id}'.encode()).hexdigest()[:24]}"


async def _release(
    request: ReleaseRequest, world: LocalWorld, source: FolderOfThisMachine, signing: Signing
) -> ReleaseOutcome:
    manifest, _ = manifest_or_problems(source.text)
    access = await publishing_access(manifest.hub_id) if manifest else hub_access()
    with Scratch("release") as room:
        async with Publisher(access) as publisher:
            actions = HubActions(source, publisher, Path(room), signing=signing)
            return await release(request, world, actions)


def report(outcome: ReleaseOutcome, progress: ReleaseProgress | None) -> dict[str, Any]:
    """Give what ``--json`` prints about how it ended."""
    return {
        "hub_id": outcome.hub_id,
        "version": progress.version if progress else None,
        "status": outcome.status.value,
        "reach": outcome.reach.value,
        "message": outcome.message,
        "next_step": outcome.next_step,
        "url": outcome.url,
        "commit": outcome.commit,
        "tag": outcome.tag,
        "digest": progress.digest if progress else None,
        "gates": [gate_as_json(gate) for gate in outcome.gates],
        "remarks": list(progress.remarks) if progress else [],
        "plan": asdict(outcome.rehearsal) if outcome.rehearsal else None,
    }


def say(outcome: ReleaseOutcome, remarks: tuple[str, ...] = ()) -> None:
    """Print how it ended, and what a person can do next."""
    say_gates(outcome.gates)
    typer.echo(f"\n{outcome.status.value.capitalize()}. {outcome.message}")
    if outcome.url and outcome.commit:
        typer.echo(f"{outcome.url} at {outcome.commit}, tagged {outcome.tag}")
    for remark in remarks:
        typer.echo(remark)
    if outcome.rehearsal:
        for commit in outcome.rehearsal.commits:
            typer.echo(f"  would commit to {commit.repository}: {commit.message}")
        for setting in outcome.rehearsal.settings:
            typer.echo(f"  would set {setting.what} of {setting.repository}: {setting.value}")
        for file in outcome.rehearsal.files:
            typer.echo(f"  {file.sha256}  {file.path} ({file.size:,} bytes)")
    if outcome.next_step:
        typer.echo(outcome.next_step)


def _say_what_waits(progress: ReleaseProgress) -> None:
    typer.echo(f"{progress.hub_id} {progress.version}, content {progress.digest}", err=True)
    for gate in progress.gates:
        if gate.gate == approval.NAME:
            typer.echo(f"  {gate.gate}: {gate.outcome.value}. {' '.join(gate.evidence)}", err=True)


def _is_good(outcome: ReleaseOutcome) -> bool:
    if outcome.status is Status.REHEARSED:
        passed = all(gate.passed for gate in outcome.gates if gate.gate != approval.NAME)
        return passed and outcome.rehearsal is not None and not outcome.rehearsal.hindrance
    return outcome.status is Status.PUBLISHED
