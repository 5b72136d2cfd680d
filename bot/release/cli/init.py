"""The command ``giveback release init``: write a first manifest from a model's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.documents import DocumentError
from bot.release.drafting import FIRST_VERSION, draft
from bot.release.files import MANIFEST
from bot.release.manifest import read_manifest


def init(
    folder: Annotated[Path, typer.Argument(help="The model's folder.", exists=True, file_okay=False)],
    hub_id: Annotated[str | None, typer.Option(help="Where it goes on the Hub, as owner/name.")] = None,
    version: Annotated[str, typer.Option(help="The version to release.")] = FIRST_VERSION,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write a first model-release.yml at the top of the repository that FOLDER is in.

    What the model's files say is in it with the file it comes from; the rest is asked in comments. A manifest
    that is there is never changed.
    """
    folder = folder.resolve()
    top = _top(folder)
    drafted = draft(folder, folder.relative_to(top).as_posix(), hub_id, version)
    try:
        read_manifest(drafted.text)
    except DocumentError as error:
        typer.echo(f"No manifest can be written for {folder}: {error.problems[0].message}", err=True)
        raise typer.Exit(2) from None
    path = top / MANIFEST
    try:
        with path.open("x", encoding="utf-8") as out:
            out.write(drafted.text)
    except FileExistsError:
        typer.echo(f"{path} is there already and was not changed.", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"{path} cannot be written: {error.strerror}.", err=True)
        raise typer.Exit(1) from None
    if as_json:
        known = [{"key": one.key, "value": one.value, "from": one.origin or None} for one in drafted.known]
        told = {"path": str(path), "known": known, "asked": list(drafted.asked)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        typer.echo(
            f"Wrote {path}. Look at it and answer what it asks, then run: giveback release check {folder}"
        )


def _top(folder: Path) -> Path:
    """Find the top of the repository around a folder; outside of one it is the folder itself."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)
