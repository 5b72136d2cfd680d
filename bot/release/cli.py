"""The commands ``giveback release ...``: ask the gates about a model on this machine."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.hub.errors import HubError
from bot.hub.jobs import HubAccess
from bot.hub.publishing import Publisher
from bot.release.files import MANIFEST, Inspection, digest, inspect_folder
from bot.release.gates import approval, run_gates
from bot.release.gates.results import Candidate, GateResult
from bot.release.manifest import json_schema, manifest_or_problems

HUB = "https://huggingface.co"

release_app = typer.Typer(no_args_is_help=True, help="Check a model release before asking for it.")


@release_app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="The model's folder, or the repository.", exists=True, file_okay=False)
    ],
    manifest: Annotated[
        Path | None, typer.Option(help=f"The {MANIFEST} to go by; found by itself otherwise.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the gates as JSON.")] = False,
) -> None:
    """Ask every gate about the model in FOLDER. The exit code is 0 when all of them pass.

    Approval is given by people on the release's thread, so here it is shown and does not count.
    """
    results = run_gates(_with_origins(_candidate(folder.resolve(), manifest)))
    if as_json:
        typer.echo(
            json.dumps({"gates": [_as_dict(result) for result in results]}, indent=2, ensure_ascii=False)
        )
    else:
        _say(results)
    passed = all(result.passed for result in results if result.gate != approval.NAME)
    raise typer.Exit(0 if passed else 1)


@release_app.command()
def schema() -> None:
    """Print the JSON Schema of model-release.yml, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _candidate(folder: Path, given: Path | None) -> Candidate:
    path = given or _find_manifest(folder)
    if path is None:
        return Candidate(folder, None)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{path} cannot be read as UTF-8 text.", err=True)
        raise typer.Exit(2) from None
    manifest, problems = manifest_or_problems(text)
    if manifest is not None:
        folder = _model_folder(folder, path, manifest.source, sure=given is not None)
    found = inspect_folder(folder) if manifest else Inspection(())
    return Candidate(
        folder=folder,
        manifest=manifest,
        manifest_problems=problems,
        files=found.files,
        odd=found.odd,
        digest=digest(found.files, text),
    )


def _with_origins(candidate: Candidate) -> Candidate:
    """Ask the Hub what the model was made from; without an answer the gate says that it could not run."""
    if candidate.manifest is None:
        return candidate
    access = HubAccess(os.environ.get("HF_ENDPOINT") or HUB, os.environ.get("HF_TOKEN", ""))
    made_from = (candidate.manifest.base_models, candidate.manifest.datasets)
    try:
        origins = asyncio.run(Publisher(access).origins(*made_from))
    except HubError as error:
        typer.echo(f"The Hub was not asked what the model was made from: {error.message}", err=True)
        return candidate
    return replace(candidate, origins=origins)


def _model_folder(folder: Path, manifest: Path, source: str, *, sure: bool) -> Path:
    """Give the folder the manifest is about, which has to be the one that was asked about.

    ``sure`` says that somebody named both the folder and the manifest.
    """
    meant = (manifest.parent / source).resolve()
    if (folder / source).is_dir():
        return folder / source
    if sure or folder == meant:
        return folder
    if folder == manifest.parent:
        typer.echo(f"{manifest} is about {source}, and there is no such folder.", err=True)
    else:
        typer.echo(
            f"{manifest} is about {source}, not about this folder. Check that one, or name the manifest "
            "to go by with --manifest.",
            err=True,
        )
    raise typer.Exit(2)


def _find_manifest(folder: Path) -> Path | None:
    """Look in the folder and above it, up to the top of the repository."""
    for place in (folder, *folder.parents):
        if (place / MANIFEST).is_file():
            return place / MANIFEST
        if (place / ".git").exists():
            return None
    return None


def _as_dict(result: GateResult) -> dict[str, Any]:
    return {
        "name": result.gate,
        "outcome": result.outcome.value,
        "evidence": list(result.evidence),
        "remedy": result.remedy,
        "waivable": result.waivable,
    }


def _say(results: tuple[GateResult, ...]) -> None:
    for result in results:
        typer.echo(f"{result.gate}: {result.outcome.value.replace('_', ' ')}")
        for line in result.evidence:
            typer.echo(f"  {line}")
        if result.remedy and not result.passed:
            typer.echo(f"  {result.remedy}")
