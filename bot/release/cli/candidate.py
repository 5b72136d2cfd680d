"""Read from this machine, and from the Hub, what the gates are to judge."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import typer

from bot.hub.errors import HubError
from bot.hub.jobs import HubAccess
from bot.hub.publishing import Publisher
from bot.release.asking import asked
from bot.release.files import MANIFEST, Inspection, digest, inspect_folder
from bot.release.gates.results import Candidate
from bot.release.manifest import manifest_or_problems

HUB = "https://huggingface.co"


def folder_and_manifest(folder: Path, given: Path | None) -> tuple[Path, str]:
    """Give the model's folder and the text of the manifest that is about it, empty when there is none.

    The manifest is the ``given`` one or the nearest. Raises typer.Exit when it cannot be read, or is about
    another folder.
    """
    path = given or _find_manifest(folder)
    if path is None:
        return folder, ""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{path} cannot be read as UTF-8 text.", err=True)
        raise typer.Exit(2) from None
    manifest, _ = manifest_or_problems(text)
    if manifest is not None and manifest.folder is not None:
        folder = _model_folder(folder, path, manifest.folder, sure=given is not None)
    return folder, text


def read_candidate(folder: Path, given: Path | None) -> Candidate:
    """Read the manifest, the ``given`` one or the nearest, and hash the files it is about.

    Raises typer.Exit when the manifest cannot be read, or is about another folder.
    """
    folder, text = folder_and_manifest(folder, given)
    manifest, problems = manifest_or_problems(text)
    found = inspect_folder(folder) if manifest else Inspection(())
    return Candidate(
        folder=folder,
        manifest=manifest,
        manifest_problems=problems,
        files=found.files,
        odd=found.odd,
        digest=digest(found.files, text),
    )


def hub_access() -> HubAccess:
    """Take the Hub's address and the token from the environment, where the Hub's own tools look too."""
    return HubAccess(os.environ.get("HF_ENDPOINT") or HUB, os.environ.get("HF_TOKEN", ""))


def with_hub(candidate: Candidate, room: Path) -> Candidate:
    """Ask the Hub what the gates want to know; without an answer they say that they could not run.

    ``room`` is a folder for the results of the version before.
    """
    declared = candidate.manifest
    if declared is None:
        return candidate
    files = Inspection(candidate.files).published
    try:
        known = asyncio.run(Publisher(hub_access()).known(asked(declared), room, candidate.folder, files))
    except HubError as error:
        typer.echo(f"The Hub was not asked about the model: {error.message}", err=True)
        return candidate
    return candidate.knowing(known, room)


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
