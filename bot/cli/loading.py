"""Load a command when it is called: together they take seconds, and none needs the others."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


@dataclass(frozen=True)
class Place:
    """Where a command or a group of commands is defined, and the line the help has about it."""

    module: str
    name: str
    help: str
    hidden: bool = False


COMMANDS = {
    "serve": Place(
        "bot.cli.service",
        "serve",
        "Run the service against GitHub and the Hub; the settings come from the environment.",
    ),
    "doctor": Place(
        "bot.cli.doctor",
        "doctor",
        "Say what is missing or wrong, why it matters, and what to do; the exit code is 1 with a problem.",
    ),
    "plan": Place("bot.cli.plan", "plan", "Print the plan for a delivery without writing anything."),
    "card": Place(
        "bot.cards.cli",
        "card",
        "Write a model or dataset card from the files in FOLDER, or check the card it has.",
    ),
    "risk": Place(
        "bot.datasets.risk.command",
        "risk",
        "Measure over all rows of FILE how alike people are: k, unique rows, l and t.",
    ),
    "checklist": Place(
        "bot.datasets.checklist.command",
        "checklist",
        "Go through the anonymization checklist for the data in PATH, as far as a program can.",
    ),
    "anonymize": Place(
        "bot.datasets.anonymize.command",
        "anonymize",
        "Write OUT from IN by a policy, scan both, and say what was there before and what is left.",
    ),
    "scan": Place("bot.datasets.cli", "scan", "Find personal data in PATHS, and say what was not scanned."),
    "schema": Place("bot.cli.service", "schema", "Print the JSON Schema of .github/giveback.yml."),
    "docs": Place(
        "bot.cli.docs", "docs", "Write the pages of docs/ that are made from the code again.", hidden=True
    ),
    "demo": Place(
        "bot.sandbox.cli",
        "demo",
        "Play a story from a bug report to a published model, on this machine alone.",
    ),
    "verify": Place(
        "bot.release.cli.verify",
        "verify",
        "Download a released model and check it against its hashes, signature, provenance and ML-BOM.",
    ),
    "deliveries": Place(
        "bot.cli.deliveries", "deliveries", "See the deliveries that arrived; run dead ones again."
    ),
    "release": Place("bot.cli.release", "release_app", "Release models, and take them back."),
    "sandbox": Place(
        "bot.sandbox.cli", "sandbox", "Run a GitHub, a Hub or a Sigstore on loopback, to try things out."
    ),
    "tokens": Place(
        "bot.cli.tokens", "tokens", "Make and revoke tokens with which pipelines ask for releases."
    ),
    "hub-tokens": Place(
        "bot.cli.hub_tokens",
        "tokens",
        "Set and remove the tokens with which models are published on the Hub.",
    ),
    "triage": Place("bot.cli.triage", "triage_app", "Learn a repository's labels from its own history."),
}
"""Every command, in the order of the help; a test holds the lines to what the commands say of themselves."""


class CommandsOnDemand(TyperGroup):
    """The commands above, of which only the one that is called is loaded."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place in COMMANDS.items():
            self.add_command(TyperCommand(name, help=place.help, hidden=place.hidden))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Load the command that is called before Typer looks for it."""
        if place := COMMANDS.get(args[0]):
            self.add_command(load(args[0], place))
        return super().resolve_command(ctx, args)


def load(name: str, place: Place) -> Any:
    """Import a command or a group of commands, and give it as Typer runs it."""
    found = getattr(import_module(place.module), place.name)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False)
    alone.command(name, hidden=place.hidden)(found)
    return get_command(alone)
