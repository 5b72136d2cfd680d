"""``giveback docs``: write the pages of the documentation that are made from the code."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

from bot import config
from bot.cards import fact_names
from bot.commands import CommandTable, render_docs
from bot.rendering import render


def docs(
    folder: Annotated[Path, typer.Argument(help="Where they go.", file_okay=False)] = Path("docs"),
) -> None:
    """Write the pages of docs/ that are made from the code again."""
    for name, text in generated().items():
        (folder / name).write_text(text, encoding="utf-8")
        typer.echo(str(folder / name))


def generated() -> dict[str, str]:
    """Give each page that is made from the code, by its name in docs/."""
    from bot.datasets.checklist import record
    from bot.features import FEATURES, sections
    from bot.release.manifest import json_schema

    table = CommandTable(command for feature in FEATURES for command, _ in feature.commands.values())
    return {
        "commands.md": render_docs(table),
        "configuration.md": configuration(),
        "facts.md": render("pages/facts.md.j2", artifacts=fact_names.artifacts()),
        config.SCHEMA_ID: _json(config.json_schema(sections())),
        "model-release.schema.json": _json(json_schema()),
        "dataset-checklist.schema.json": _json(record.json_schema()),
    }


def configuration() -> str:
    """Write docs/configuration.md: every key, what it means, and its default."""
    from bot.features import sections

    house = config.schema({}).model_json_schema()
    parts = {name: section.model_json_schema() for name, section in sections().items()}
    defaults = {
        **_defaults(house),
        **{name: section().model_dump(mode="json", by_alias=True) for name, section in sections().items()},
    }
    return render(
        "pages/configuration.md.j2",
        path=config.CONFIG_PATH,
        house=house["properties"],
        parts=parts,
        defaults=_yaml(defaults),
    )


def _defaults(described: dict[str, Any]) -> dict[str, Any]:
    return {name: key["default"] for name, key in described["properties"].items()}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _yaml(content: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    # Absent keys mean their defaults, so a default of nothing is best left away.
    writer.dump(_without_nothing(content), out)
    return out.getvalue()


def _without_nothing(content: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nothing(value) if isinstance(value, dict) else value
        for name, value in content.items()
        if value is not None
    }
