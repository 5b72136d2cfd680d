"""The command ``giveback release check``: ask every gate about a model on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.release.cli.candidate import read_candidate, with_hub
from bot.release.cli.gate_results import gate_as_json, say_gates
from bot.release.files import MANIFEST
from bot.release.gates import approval, run_gates
from bot.scratch import Scratch


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
    with Scratch("check") as room:
        results = run_gates(with_hub(read_candidate(folder.resolve(), manifest), Path(room)))
    if as_json:
        typer.echo(
            json.dumps({"gates": [gate_as_json(result) for result in results]}, indent=2, ensure_ascii=False)
        )
    else:
        say_gates(results)
    passed = all(result.passed for result in results if result.gate != approval.NAME)
    raise typer.Exit(0 if passed else 1)
