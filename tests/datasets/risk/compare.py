"""Compare k, l and t with pycanon's on random tables: ``python -m tests.datasets.risk.compare PYTHON``.

PYTHON is one that pycanon is installed for; ``make pycanon`` makes it. With ``--write`` the figures of the
first tables are kept in ``pycanon.json``, which the tests compare with.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.datasets.risk.measures import measure
from bot.datasets.risk.tables import open_table
from tests.datasets.risk.random_tables import random_table

HERE = Path(__file__).parent
KEPT = HERE / "pycanon.json"
KEPT_TABLES = 12
CLOSE = 1e-9


def main() -> None:
    """Compare, and say how many tables have the same figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.datasets.risk.compare", description=main.__doc__)
    parser.add_argument("python", help="the Python that has pycanon")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help=f"keep the figures of {KEPT_TABLES} tables")
    options = parser.parse_args()
    tables = [random_table(seed) for seed in range(options.tables)]
    with tempfile.TemporaryDirectory(prefix="giveback-pycanon-") as place:
        files = [table.write(Path(place) / f"{seed}.csv") for seed, table in enumerate(tables)]
        asked = [[str(file), table.quasi, table.sensitive] for file, table in zip(files, tables, strict=True)]
        theirs = ask(options.python, asked)
        ours = [
            figures(file, table.quasi, table.sensitive) for file, table in zip(files, tables, strict=True)
        ]
    different = [seed for seed, pair in enumerate(zip(ours, theirs, strict=True)) if not same(*pair)]
    ordered = sum("ordered" in one["distances"] for one in ours)
    print(f"{len(tables) - len(different)} of {len(tables)} tables have the same k, l and t (t to {CLOSE});")
    print(f"{ordered} of them have a sensitive attribute of numbers.")
    for seed in different[:10]:
        print(f"table {seed}: here {ours[seed]}, pycanon {theirs[seed]}")
    if options.write and not different:
        KEPT.write_text(json.dumps(theirs[:KEPT_TABLES], indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if different else 0)


def ask(python: str, asked: list[list[Any]]) -> list[dict[str, Any]]:
    """Ask pycanon for its figures."""
    done = subprocess.run(
        [python, HERE / "pycanon_figures.py"],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def figures(file: Path, quasi: tuple[str, ...], sensitive: tuple[str, ...]) -> dict[str, Any]:
    """Measure a table here."""
    with open_table(file) as table:
        risk = measure(table, quasi, sensitive)
    return {"k": risk.k, "l": risk.l, "t": risk.t, "distances": [one.distance for one in risk.sensitive]}


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Compare figures: k and l exactly, t as far as floating point goes."""
    whole = (ours["k"], ours["l"]) == (theirs["k"], theirs["l"])
    return whole and math.isclose(ours["t"], theirs["t"], rel_tol=0, abs_tol=CLOSE)


if __name__ == "__main__":
    main()
