"""Measure how often decisions are right: ``python -m tests.accuracy [DATA] [--only NAME]``."""

from __future__ import annotations

import argparse
import datetime
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.accuracy import asking, duplicates, personal_data, types


class Measurement(NamedTuple):
    """One thing that can be right or wrong."""

    name: str
    run: Callable[[Path], dict[str, Any]]
    """Measure on the data in a folder; the answer is plain JSON. Raises FileNotFoundError."""
    section: Callable[[Mapping[str, Any]], str]
    """Write what ``run`` answered as a Markdown section."""


MEASUREMENTS = (
    Measurement("types", types.run, types.section),
    Measurement("asking", asking.run, asking.section),
    Measurement("duplicates", duplicates.run, duplicates.section),
    Measurement("personal-data", personal_data.run, personal_data.section),
)

DOCS = Path(__file__).parent.parent.parent / "docs"
DATA = DOCS / "accuracy.json"
PAGE = DOCS / "accuracy.md"
VARIABLE = "GIVEBACK_DATA"


def main() -> None:
    """Measure everything, or what is named; what is not measured now keeps its last result."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=main.__doc__)
    parser.add_argument(
        "data", nargs="?", type=Path, help=f"the folder with the data; else {VARIABLE} names it"
    )
    parser.add_argument("--only", choices=[one.name for one in MEASUREMENTS], help="measure this alone")
    options = parser.parse_args()
    data = options.data or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if data is None:
        parser.error(f"name the folder with the data, or set {VARIABLE}; docs/accuracy.md says what is in it")
    if not data.is_dir():
        parser.error(f"there is no folder {data}")

    results: dict[str, Any] = json.loads(DATA.read_text()) if DATA.exists() else {}
    for one in MEASUREMENTS:
        if options.only not in (None, one.name):
            continue
        try:
            result = one.run(data)
        except FileNotFoundError as missing:
            parser.exit(2, f"{one.name} cannot be measured: {missing}\n")
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        results[one.name] = {"date": today, "result": result}
        DATA.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(page(results))
        print(one.section(result))


def page(results: Mapping[str, Any]) -> str:
    """Write the whole page from the stored results."""
    sections = [
        {"words": one.section(measured["result"]).strip(), "date": measured["date"]}
        for one in MEASUREMENTS
        if (measured := results.get(one.name))
    ]
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("page.md.j2").render(sections=sections).strip() + "\n"


if __name__ == "__main__":
    main()
