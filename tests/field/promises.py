"""Know what must never happen, how that is kept, and by which tests."""

from __future__ import annotations

from jinja2 import FileSystemLoader
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from bot.rendering import environment
from tests.field.table import HERE, TOP

PAGE = TOP / "docs" / "promises.md"


class Promise(BaseModel):
    """Something that must not happen; either how that is ``kept`` or why it is ``left_out`` is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    threads: tuple[str, ...] = ()
    """Where people complained about it in other projects."""
    kept: str = ""
    tests: tuple[str, ...] = ()
    """Names of the tests that hold it; no two tests of the project have one of these names."""
    left_out: str = ""


class Promises(BaseModel):
    """What the order of the house calls impossible, and what others' users complained about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    impossible: tuple[Promise, ...]
    complaints: tuple[Promise, ...]


def promises() -> Promises:
    """Read the table."""
    return Promises.model_validate(YAML(typ="safe").load(HERE / "promises.yml"))


def page() -> str:
    """Write docs/promises.md."""
    templates = environment(FileSystemLoader(HERE))
    found = promises()
    text = templates.get_template("promises.md.j2").render(
        impossible=found.impossible, complaints=found.complaints
    )
    return text.strip() + "\n"
