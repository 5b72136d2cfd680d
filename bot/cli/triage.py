"""``giveback triage``: the commands of the library, and the one that reads a history from GitHub."""

from __future__ import annotations

from bot.cli.export import export
from bot.triage.cli import triage_app

triage_app.command()(export)
