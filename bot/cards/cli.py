"""The command ``giveback card``: write a card from a folder, or check and fix the one it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cards.answers import AnswerError
from bot.cards.artifacts import CannotRead
from bot.cards.card import CARD, Arrange, Card, as_it_is
from bot.cards.custom_template import TemplateError, arranged_by
from bot.cards.declared import Declared
from bot.cards.desk import Desk
from bot.cards.lint import Report
from bot.cards.mlflow_tracking import read_tracked
from bot.cards.opening import Kind, open_desk
from bot.documents import DocumentError


def card(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the model or the data.", exists=True, file_okay=False)
    ],
    out: Annotated[Path | None, typer.Option(help="Write the card to this file, pictures beside it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts, findings and score as JSON.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check the card in the folder, write nothing.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--fix", help="Fix in the card what has one right answer, and check the rest.")
    ] = False,
    model_id: Annotated[str | None, typer.Option(help="Hub id of the model, as owner/name.")] = None,
    license_id: Annotated[
        str | None, typer.Option("--license", help="Licence id, as the Hub names it.")
    ] = None,
    said: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=TEXT", help="Answer a question; intended-use=... and the like."),
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="Arrange the parts of a model's card by this template.", exists=True)
    ] = None,
    tracked: Annotated[
        str | None,
        typer.Option(
            "--mlflow",
            metavar="ADDRESS",
            help="Also read runs:/ID or models:/NAME/VERSION from the server at MLFLOW_TRACKING_URI.",
        ),
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option(help="What the folder holds, where that is not plain.", show_default=False)
    ] = None,
    examples: Annotated[
        int, typer.Option(min=0, max=20, help="Rows of data that a dataset card shows; they may be private.")
    ] = 0,
) -> None:
    """Write a model or dataset card from the files in FOLDER, or check the card it has.

    A card that is already there keeps everything people wrote. With --check or --fix the exit code is 1
    when the card has errors.
    """
    existing = _read(folder / CARD)
    if existing is None and (check or repair):
        typer.echo(f"There is no {CARD} in {folder}; run the command without --check to write one.", err=True)
        raise typer.Exit(1)
    given = dict(one.partition("=")[::2] for one in said or [])
    try:
        arrange: Arrange = arranged_by(_read(template) or "") if template else as_it_is
        declared = Declared(model_id=model_id, license=license_id)
        facts = read_tracked(tracked) if tracked else ()
        desk = open_desk(
            folder, declared, given, kind=kind, arrange=arrange, examples=examples, tracked=facts
        )
    except CannotRead as error:
        typer.echo(f"{tracked} cannot be read: {error}.", err=True)
        raise typer.Exit(2) from None
    except AnswerError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if existing is not None and repair:
        text = _fixed(existing, desk, out or folder / CARD, keep=check)
    elif existing is not None and check:
        text = existing
    else:
        text = _written(desk, existing, out)
    report = desk.check(text)
    if as_json:
        typer.echo(json.dumps(_as_dict(desk, report), indent=2, ensure_ascii=False))
    elif check or repair:
        _say(report)
    else:
        _say_what_is_missing(desk, text)
        typer.echo(f"Wrote {out}." if out else text, nl=out is not None)
    raise typer.Exit(1 if (check or repair) and report.errors else 0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{path} cannot be read as UTF-8 text; save it as UTF-8.", err=True)
        raise typer.Exit(1) from None


def _fixed(existing: str, desk: Desk, target: Path, *, keep: bool) -> str:
    """Fix a card and write it, unless it is only to be looked at what would be fixed."""
    done = desk.fix(existing)
    for finding in done.fixed:
        typer.echo(f"{CARD}:{finding.line}: fixed: {finding.message} [{finding.rule}]", err=True)
    if not keep and done.text != existing:
        _write(target, done.text)
    return done.text


def _written(desk: Desk, existing: str | None, out: Path | None) -> str:
    try:
        made = desk.write(existing, out is not None)
    except DocumentError as error:
        typer.echo(f"The metadata at the top of {CARD} is broken; fix it first:", err=True)
        for problem in error.problems:
            typer.echo(f"  {CARD}:{problem}", err=True)
        raise typer.Exit(1) from None
    except TemplateError as error:
        typer.echo(f"The template cannot be used: {error}.", err=True)
        raise typer.Exit(1) from None
    for name in made.kept:
        typer.echo(f'The part "{name}" was edited by hand and stays as it is.', err=True)
    if out is not None:
        _save(made, out)
    return made.text


def _save(made: Card, out: Path) -> None:
    _write(out, made.text)
    for name, picture in made.images.items():
        _write(out.with_name(name), picture)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        typer.echo(
            f"{path} cannot be written ({reason}); name a file in a folder you may write to.", err=True
        )
        raise typer.Exit(1) from None


def _say(report: Report) -> None:
    for finding in report.findings:
        fixable = ", --fix does it" if finding.edits else ""
        typer.echo(f"{CARD}:{finding.line}: {finding.severity}: {finding.message} [{finding.rule}{fixable}]")
    parts = ", ".join(f"{one.name} {one.points if one.reached else 0}/{one.points}" for one in report.parts)
    typer.echo(f"Completeness {report.score} of 100: {parts}.")


def _say_what_is_missing(desk: Desk, text: str) -> None:
    if not desk.facts:
        typer.echo(
            "No file here says what the card is about: no config.json, no weights, no results.", err=True
        )
    for unreadable in desk.unreadable:
        typer.echo(f"{unreadable.file} was left out: {unreadable.reason}.", err=True)
    for question in desk.ask(text):
        typer.echo(f'Not known yet: {question.text} Answer with --set {question.key}="...".', err=True)


def _as_dict(desk: Desk, report: Report) -> dict[str, object]:
    return {
        "facts": [fact.as_dict() for fact in desk.facts],
        "findings": [finding.as_dict() for finding in report.findings],
        "score": report.score,
        "parts": {part.name: part.points if part.reached else 0 for part in report.parts},
    }
