"""The command ``giveback release schema``: export the schema of the manifest."""

from __future__ import annotations

import json

import typer

from bot.release.manifest import json_schema


def schema() -> None:
    """Print the JSON Schema of model-release.yml, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
