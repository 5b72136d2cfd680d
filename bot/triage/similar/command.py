"""The command ``giveback triage similar``: find in a history the issues like others, as JSON lines."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.triage.history import PastIssue, read_history

# NumPy takes a while to load; only this command waits for it
if TYPE_CHECKING:
    from bot.triage.similar.index import SimilarIndex


def similar(
    issues: Annotated[
        Path, typer.Argument(metavar="ISSUES", help="The issues to ask about, as JSON lines.", dir_okay=False)
    ],
    index: Annotated[
        Path, typer.Option(metavar="HISTORY", help="The repository's history, as JSON lines.", dir_okay=False)
    ],
    limit: Annotated[int, typer.Option(help="Most matches for each issue.", min=1, max=50)] = 5,
    sentence_model: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Compare by meaning too, with the ONNX model in this folder."),
    ] = None,
) -> None:
    """Find the issues in HISTORY that are most like each of ISSUES.

    An issue that HISTORY has too is asked about as it was when it was opened: only issues with a smaller
    number may match, and what it was marked a duplicate of is not looked at. Pull requests match nothing.
    """
    from bot.triage.similar.index import SimilarIndex
    from bot.triage.similar.sentence_model import SentenceModel

    try:
        embedding = SentenceModel.open(sentence_model) if sentence_model is not None else None
        with (
            tempfile.TemporaryDirectory() as folder,
            SimilarIndex.open(Path(folder) / "index.sqlite", embedding) as known,
        ):
            known.add_all(read_history(index), failure_of)
            for issue in read_history(issues):
                typer.echo(json.dumps(answer(known, issue, limit)))
    except (ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def answer(known: SimilarIndex, issue: PastIssue, limit: int = 5) -> dict[str, object]:
    """Give one line of the command's output."""
    before = issue.number if issue.number in known else None
    matches = known.similar(issue, limit, earlier_than=before, fingerprint=failure_of(issue))
    return {
        "number": issue.number,
        "similar": [
            {"number": one.number, "score": one.score, "shown": one.shown, "why": list(one.why)}
            for one in matches
        ],
    }


def failure_of(issue: PastIssue) -> str | None:
    """Give the fingerprint of the first failure in an issue's body that tells enough to have one."""
    from bot.triage.tracebacks import find_failures, fingerprint

    return next(filter(None, map(fingerprint, find_failures(issue.body))), None)
