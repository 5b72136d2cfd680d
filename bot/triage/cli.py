"""The commands ``giveback triage ...``: learn a repository's labels and try them, without an App."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.triage.history import HistoryError, PastIssue, read_history
from bot.triage.learning import PRECISION, ModelFileError
from bot.triage.similar.command import similar

# scikit-learn takes a second to load; only the commands that need it wait for it
if TYPE_CHECKING:
    from bot.triage.embedding import IssueVectors
    from bot.triage.learning.judge import Evaluation
    from bot.triage.learning.model import Model
    from bot.triage.learning.prediction import Prediction

BATCH = 500
"""Issues told at a time."""

triage_app = typer.Typer(no_args_is_help=True, help="Learn a repository's labels from its own history.")
triage_app.command()(similar)

History = Annotated[
    Path,
    typer.Argument(help="Issues as JSON lines, as GitHub's API gives them.", exists=True, dir_okay=False),
]
Also = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="OTHER...",
        help="Histories of the owner's other repositories; several may follow.",
        exists=True,
        dir_okay=False,
    ),
]
MoreOthers = Annotated[list[Path] | None, typer.Argument(hidden=True, exists=True, dir_okay=False)]
"""What follows the first value of --also, which takes one value itself."""
Precision = Annotated[
    float, typer.Option(help="Share of applied labels that must be right.", min=0.5, max=0.999)
]
SentenceModelFolder = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Tell types by meaning too, with the ONNX model in this folder."),
]


@triage_app.command("learn")
def learn_command(
    history: History,
    out: Annotated[Path, typer.Option(help="Write the model to this file.")],
    more: MoreOthers = None,
    also: Also = None,
    precision: Precision = PRECISION,
    evaluation: Annotated[
        Path | None, typer.Option(help="Write to this file, as JSON, what `evaluate` would say as well.")
    ] = None,
    sentence_model: SentenceModelFolder = None,
    vectors: Annotated[
        Path | None, typer.Option(hidden=True, help="Vectors of the issues that the service has kept.")
    ] = None,
) -> None:
    """Learn the labels of HISTORY's repository, and say which could be relied on."""
    from bot.triage.learning.files import save
    from bot.triage.learning.judge import evaluate
    from bot.triage.learning.learn import learn

    with _complaints():
        meanings = _vectors(sentence_model, vectors)
        model = learn(read_history(history), _others(also, more), precision, meanings)
        save(model, out)
        if evaluation is not None:
            judged = evaluate(
                read_history(history), _others(also, more), precision=precision, vectors=meanings
            )
            evaluation.write_text(_json(judged) + "\n", encoding="utf-8")
    _say_what_was_learned(model.with_meaning())
    typer.echo(f"Wrote {out}.")


@triage_app.command("evaluate")
def evaluate_command(
    history: History,
    more: MoreOthers = None,
    also: Also = None,
    newest: Annotated[
        int | None, typer.Option(help="How many of the newest issues to judge; a fifth otherwise.", min=1)
    ] = None,
    precision: Precision = PRECISION,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    sentence_model: SentenceModelFolder = None,
) -> None:
    """Learn from the older issues of HISTORY, and say what would have happened on the newest."""
    from bot.triage.learning.judge import evaluate

    with _complaints():
        result = evaluate(
            read_history(history), _others(also, more), newest, precision, _vectors(sentence_model)
        )
    if as_json:
        typer.echo(_json(result))
    else:
        _say_what_would_have_happened(result)


@triage_app.command("predict")
def predict_command(
    issues: Annotated[Path, typer.Argument(help="Issues as JSON lines.", exists=True, dir_okay=False)],
    model: Annotated[Path, typer.Option(help="The model that `learn` wrote.", exists=True, dir_okay=False)],
    sentence_model: SentenceModelFolder = None,
) -> None:
    """Print for each of ISSUES its labels with their scores, and its type, as JSON lines."""
    from bot.triage.learning.files import load

    with _complaints():
        learned, meanings = load(model), _vectors(sentence_model)
        if meanings is not None and not learned.reads(meanings):
            typer.echo("MODEL was learned without this sentence model: words alone decide.", err=True)
        for issue, prediction in _predictions(learned, read_history(issues), meanings):
            typer.echo(json.dumps(_as_dict(issue, prediction), ensure_ascii=False))


def _others(also: list[Path] | None, more: list[Path] | None) -> list[Iterator[PastIssue]]:
    if more and not also:
        raise typer.BadParameter("name the histories of other repositories with --also")
    return [read_history(other) for other in (*(also or ()), *(more or ()))]


def _vectors(sentence_model: Path | None, kept: Path | None = None) -> IssueVectors | None:
    if kept is not None:
        from bot.triage.kept_vectors import read_vectors

        return read_vectors(kept)
    if sentence_model is not None:
        from bot.triage.embedding import IssueVectors
        from bot.triage.similar.sentence_model import SentenceModel

        return IssueVectors.by(SentenceModel.open(sentence_model))
    return None


def _predictions(
    model: Model, issues: Iterable[PastIssue], vectors: IssueVectors | None
) -> Iterator[tuple[PastIssue, Prediction]]:
    from bot.triage.learning.model import predict_all

    remaining = iter(issues)
    while batch := list(islice(remaining, BATCH)):
        yield from zip(batch, predict_all(model, batch, vectors), strict=True)


def _json(result: Evaluation) -> str:
    return json.dumps(result.as_dict(), indent=2, ensure_ascii=False)


def _as_dict(issue: PastIssue, prediction: Prediction) -> dict[str, Any]:
    return {
        "number": issue.number,
        "labels": [
            {"name": label.name, "score": label.score, "applied": label.applied}
            for label in prediction.labels
        ],
        "type": prediction.type,
    }


@contextmanager
def _complaints() -> Iterator[None]:
    """Say in a line what is wrong with a file, and stop."""
    from bot.triage.kept_vectors import KeptVectorsError
    from bot.triage.similar.sentence_model import SentenceModelError

    try:
        yield
    except (HistoryError, ModelFileError, SentenceModelError, KeptVectorsError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _say_what_was_learned(model: Model) -> None:
    typer.echo(f"Learned from {model.issues} labelled issues, at a precision of {model.asked:.0%}.")
    if not model.types:
        typer.echo("Too few issues have a type; what an issue says of itself decides.")
    for label in model.labels:
        found = label.threshold
        if found.score is None:
            says = "shown only: no score gave the precision asked for"
        else:
            says = (
                f"applied from {found.score:.2f}: {found.precision:.1%} right, {found.coverage:.0%} covered"
            )
        typer.echo(f"  {label.name} ({label.examples} examples): {says}")
    for left_out in model.left_out:
        typer.echo(f"  {left_out.name}: left out, {left_out.reason}")


def _say_what_would_have_happened(result: Evaluation) -> None:
    typer.echo(f"Learned from {result.learned_from} labelled issues, judged on the newest {result.judged}.")
    if result.precision is None:
        typer.echo(f"No label would have been applied at a precision of {result.asked:.0%}.")
    else:
        typer.echo(
            f"{result.applied} labels would have been applied to {result.coverage:.0%} of the issues, "
            f"{result.precision:.1%} of them as people did (asked: {result.asked:.0%})."
        )
    for label in result.labels:
        wrong = ", ".join(f"{name} {times}" for name, times in label.instead.items())
        typer.echo(
            f"  {label.name}: people {label.people}, applied {label.applied}, right {label.right}"
            + (f"; people said instead: {wrong}" if wrong else "")
        )
    if result.type_f1 is not None:
        typer.echo(f"Types, sure or not (mean F1 {result.type_f1:.3f}):")
    for kind, told in result.types.items():
        typer.echo(f"  {kind}: told as " + ", ".join(f"{name} {times}" for name, times in told.items()))
    for left_out in result.left_out:
        typer.echo(f"  {left_out.name}: left out, {left_out.reason}")
