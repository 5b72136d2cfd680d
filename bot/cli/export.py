"""``giveback triage export``: write a repository's issues to a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

errors = Console(stderr=True)

TOKEN = "GITHUB_TOKEN"  # noqa: S105 - the name of a variable, not a secret
API = "GITHUB_API_URL"


def export(
    repository: Annotated[str, typer.Argument(metavar="OWNER/REPO")],
    out: Annotated[Path, typer.Option(help="Write the issues to this file, or go on writing to it.")],
) -> None:
    """Write a repository's issues, labels and duplicates as JSON lines, for learn and evaluate.

    GITHUB_TOKEN may hold a token of your own: it reads private repositories, forty times faster, and
    alone can read which issues were marked as duplicates.
    """
    from bot.github.export import ExportError, export

    token = os.environ.get(TOKEN)
    if not token:
        errors.print(f"{TOKEN} is not set: this will be slow, and without duplicates.", style="yellow")
    try:
        with errors.status("reading the issues") as status:
            written = 0
            for written in export(
                repository, out, api_url=os.environ.get(API, "https://api.github.com"), token=token
            ):
                status.update(f"{written:,} issues written to {out}")
    except (ExportError, OSError) as error:
        errors.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    typer.echo(f"Wrote {written:,} issues and pull requests to {out}.")
