"""The command ``giveback card``: write a model card from a folder, or check the one it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cards.card import render_card
from bot.cards.declared import Declared
from bot.cards.facts import Reading
from bot.cards.lint import Report, lint
from bot.cards.questions import questions
from bot.cards.reading import read_facts
from bot.documents import DocumentError

CARD = "README.md"


def card(
    folder: Annotated[Path, typer.Argument(help="The folder with the model.", exists=True, file_okay=False)],
    out: Annotated[Path | None, typer.Option(help="Write the card to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print facts, findings and score as JSON.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check the card in the folder, write nothing.")
    ] = False,
    model_id: Annotated[str | None, typer.Option(help="Hub id of the model, as owner/name.")] = None,
    license_id: Annotated[
        str | None, typer.Option("--license", help="Licence id, as the Hub names it.")
    ] = None,
) -> None:
    """Write a model card from the files in FOLDER, or check the card it has.

    A card that is already there keeps everything people wrote. With --check the exit code is 1 when
    the card has errors.
    """
    declared = Declared(model_id=model_id, license=license_id)
    reading = read_facts(folder)
    existing = _read(folder / CARD)
    if check and existing is None:
        typer.echo(f"There is no {CARD} in {folder}; run the command without --check to write one.", err=True)
        raise typer.Exit(1)
    text = existing if check and existing is not None else _render(reading, declared, existing)
    report = lint(text, folder, declared)
    if out is not None and not check:
        out.write_text(text, encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_as_dict(reading, report), indent=2, ensure_ascii=False))
    elif check:
        _say(report)
    else:
        _say_what_is_missing(reading, declared, text)
        typer.echo(f"Wrote {out}." if out else text, nl=out is not None)
    raise typer.Exit(1 if check and report.errors else 0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        typer.echo(f"{path} cannot be read as UTF-8 text; save it as UTF-8.", err=True)
        raise typer.Exit(1) from None


def _render(reading: Reading, declared: Declared, existing: str | None) -> str:
    try:
        made = render_card(reading, declared, existing)
    except DocumentError as error:
        typer.echo(f"The metadata at the top of {CARD} is broken; fix it first:", err=True)
        for problem in error.problems:
            typer.echo(f"  {CARD}:{problem}", err=True)
        raise typer.Exit(1) from None
    for name in made.kept:
        typer.echo(f'The part "{name}" was edited by hand and stays as it is.', err=True)
    return made.text


def _say(report: Report) -> None:
    for finding in report.findings:
        typer.echo(f"{CARD}:{finding.line}: {finding.severity}: {finding.message} [{finding.rule}]")
    missing = [part.name for part in report.parts if not part.reached]
    typer.echo(
        f"Completeness {report.score} of 100" + (f", without: {', '.join(missing)}." if missing else ".")
    )


def _say_what_is_missing(reading: Reading, declared: Declared, text: str) -> None:
    for unreadable in reading.unreadable:
        typer.echo(f"{unreadable.file} was left out: {unreadable.reason}.", err=True)
    for question in questions(reading, declared, text):
        typer.echo(f"Not known yet: {question.text}", err=True)


def _as_dict(reading: Reading, report: Report) -> dict[str, object]:
    return {
        "facts": [fact.as_dict() for fact in reading.facts],
        "findings": [finding.as_dict() for finding in report.findings],
        "score": report.score,
        "parts": {part.name: part.points if part.reached else 0 for part in report.parts},
        "unreadable": [{"file": one.file, "reason": one.reason} for one in reading.unreadable],
    }
