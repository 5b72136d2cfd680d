"""``giveback doctor``: say in plain words what the service is missing or has wrong."""

from __future__ import annotations

import os

import typer

from bot.doctor import Finding, Level, as_text, diagnose, observe
from bot.settings import SettingsError, read_settings


def doctor() -> None:
    """Say what is missing or wrong, why it matters, and what to do; the exit code is 1 with a problem.

    It looks at the settings, GitHub, the App, the Hub, the database and the disk, and changes none of them.
    """
    try:
        findings = diagnose(observe(read_settings(), os.environ))
    except SettingsError as error:
        findings = [_unreadable(line) for line in str(error).splitlines()]
    typer.echo(as_text(findings), nl=False)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)


def _unreadable(said: str) -> Finding:
    return Finding(
        Level.PROBLEM,
        said,
        "A setting that cannot be read keeps the service from starting, and the doctor from looking further.",
        "Fix or unset it, then ask the doctor again; docs/deploy.md lists the settings.",
    )
