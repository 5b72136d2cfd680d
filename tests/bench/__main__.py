"""Take the measurements and write docs/benchmarks.md: ``python -m tests.bench [--quick] [NAME ...]``."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.bench import (
    cards_bench,
    history_bench,
    inbox_bench,
    learning_bench,
    machine,
    publish_bench,
    reaction_bench,
    requests_bench,
    risk_bench,
    scan_bench,
    similar_bench,
    throughput_bench,
)


class Bench(NamedTuple):
    """One thing to measure."""

    name: str
    run: Callable[[bool], dict[str, Any]]
    """Measure, briefly when given True; the answer is plain JSON."""
    section: Callable[[Mapping[str, Any]], str]
    """Write what ``run`` answered as a Markdown section."""


BENCHES = (
    Bench("inbox", inbox_bench.run, inbox_bench.section),
    Bench("reaction", reaction_bench.run, reaction_bench.section),
    Bench("throughput", throughput_bench.run, throughput_bench.section),
    Bench("requests", requests_bench.run, requests_bench.section),
    Bench("history", history_bench.run, history_bench.section),
    Bench("learning", learning_bench.run, learning_bench.section),
    Bench("similar", similar_bench.run, similar_bench.section),
    Bench("cards", cards_bench.run, cards_bench.section),
    Bench("publish", publish_bench.run, publish_bench.section),
    Bench("risk", risk_bench.run, risk_bench.section),
    Bench("scan", scan_bench.run, scan_bench.section),
)

DOCS = Path(__file__).parent.parent.parent / "docs"
DATA = DOCS / "benchmarks.json"
PAGE = DOCS / "benchmarks.md"


def main() -> None:
    """Measure what is named, or everything; what is not measured now keeps its last result."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to measure: " + ", ".join(_names()))
    parser.add_argument("--quick", action="store_true", help="measure briefly, print and write nothing")
    options = parser.parse_args()
    if unknown := set(options.names) - set(_names()):
        parser.error(f"there is no bench called {', '.join(sorted(unknown))}")

    results: dict[str, Any] = json.loads(DATA.read_text()) if DATA.exists() else {}
    for bench in BENCHES:
        if options.names and bench.name not in options.names:
            continue
        result = bench.run(options.quick)
        results[bench.name] = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine.facts(),
            "result": result,
        }
        print(bench.section(result))
    if not options.quick:
        DATA.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(page(results))


def page(results: Mapping[str, Any]) -> str:
    """Write the whole page from the stored results."""
    sections = [
        {"words": bench.section(measured["result"]).strip(), **measured}
        for bench in BENCHES
        if (measured := results.get(bench.name))
    ]
    templates = environment(FileSystemLoader(Path(__file__).parent))
    return templates.get_template("page.md.j2").render(sections=sections).strip() + "\n"


def _names() -> list[str]:
    return [bench.name for bench in BENCHES]


if __name__ == "__main__":
    main()
