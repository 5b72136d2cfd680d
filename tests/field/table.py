"""Know what other bots do and what this one does, from a table that names the tests."""

from __future__ import annotations

from pathlib import Path

from jinja2 import FileSystemLoader
from pydantic import BaseModel, ConfigDict, TypeAdapter
from ruamel.yaml import YAML

from bot.rendering import environment

HERE = Path(__file__).parent
TOP = HERE.parent.parent
PAGE = TOP / "docs" / "other-bots.md"


class Row(BaseModel):
    """Something bots do; at least one of ``giveback`` and ``left_out`` is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    others: tuple[str, ...]
    giveback: str = ""
    tests: tuple[str, ...] = ()
    """Names of the tests that hold it; no two tests of the project have one of these names."""
    left_out: str = ""
    """Why Giveback does not do it, or not all of it."""


def rows() -> tuple[Row, ...]:
    """Read the table."""
    return TypeAdapter(tuple[Row, ...]).validate_python(YAML(typ="safe").load(HERE / "rows.yml"))


def page() -> str:
    """Write docs/other-bots.md."""
    templates = environment(FileSystemLoader(HERE))
    return templates.get_template("page.md.j2").render(rows=rows()).strip() + "\n"
