"""Measure how long a scan of a large table takes, and k, l and t over it, and the memory.

The table is made up. ``python -m tests.bench.risk_bench WHAT FILE [QUASI]`` measures the ``scan`` of it, the
``risk`` by one set of quasi-identifiers, or how long DuckDB takes to ``read`` it, in this process and in
those it starts, and prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import FileSystemLoader

from bot.datasets.findings import Tier
from bot.datasets.risk.measures import measure as measure_risk
from bot.datasets.risk.tables import open_table
from bot.datasets.scanning import scan
from bot.rendering import environment
from tests.bench import machine

HERE = Path(__file__).parent
ROWS = 18_000_000
QUICK_ROWS = 200_000
SENSITIVE = "diagnosis"
SETS = {"people in classes": "age,zip,sex", "every row a class of its own": "age,zip,sex,number"}
GOAL_SECONDS, GOAL_MB, GOAL_WORST_MB = 30.0, 400, 1126
"""Seconds for 5 GB; megabytes where people are in classes, and where every row is one of its own."""

_TABLE = """
COPY (
  SELECT i AS number, 18 + hash(i) % 80 AS age, lpad((hash(i + 1) % 100)::VARCHAR, 3, '0') AS zip,
    CASE hash(i + 2) % 2 WHEN 0 THEN 'f' ELSE 'm' END AS sex, 'd' || hash(i + 3) % 40 AS diagnosis,
    'person' || i || '@mail' || hash(i + 4) % 1000 || '.org' AS mail,
    '+49 30 ' || 1000000 + hash(i + 5) % 8999999 AS phone, md5(i::VARCHAR) AS code,
    '10.' || hash(i + 6) % 256 || '.' || hash(i + 7) % 256 || '.' || hash(i + 8) % 256 AS address,
    DATE '2000-01-01' + (hash(i + 9) % 8000)::INT AS visit,
    'Seen on the ward in the morning, felt well, and went home with advice and a letter. ' ||
    'To be seen again in ' || 1 + hash(i + 10) % 12 || ' weeks, or before if it gets worse; lives with ' ||
    hash(i + 11) % 4 || ' others.' AS note
  FROM range(?) AS numbers (i)
) TO '{file}' (HEADER)
"""


def run(quick: bool) -> dict[str, Any]:
    """Make the table up, and measure it by each set of quasi-identifiers."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory(
        prefix="giveback-bench-", dir=os.environ.get("GIVEBACK_BENCH_ROOM")
    ) as folder:
        file = Path(folder) / "people.csv"
        with duckdb.connect() as database:
            database.execute("SET enable_progress_bar = false")
            database.execute(_TABLE.format(file=file), [rows])
        return {
            "rows": rows,
            "bytes": file.stat().st_size,
            "scan": _in_a_process("scan", file),
            "sets": {name: _in_a_process("risk", file, quasi) for name, quasi in SETS.items()},
            "read": _in_a_process("read", file),
        }


def _in_a_process(*measured: str | Path) -> dict[str, Any]:
    busy = machine.cpu_of_everything()
    used = machine.cpu_of_ended_children()
    command = [sys.executable, "-m", __name__, *map(str, measured)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent.parent)
    own = machine.cpu_of_ended_children() - used
    others = max(0.0, machine.cpu_of_everything() - busy - own)
    return {**json.loads(done.stdout), "others_cpu": others}


def measure(work: Callable[[Path], dict[str, Any]], file: Path) -> dict[str, Any]:
    """Measure once, after the file was read once so that it is in the page cache as far as it fits."""
    with file.open("rb", buffering=0) as opened:
        while opened.read(1 << 24):
            pass
    with machine.memory_of_all() as memory:
        start, start_cpu = time.perf_counter(), _cpu()
        found = work(file)
        seconds, cpu = time.perf_counter() - start, _cpu() - start_cpu
    size = file.stat().st_size / 1e6
    speed = {"megabytes": size, "speed": size / seconds, "speed_of_cpu": size / cpu}
    return {"seconds": seconds, "cpu": cpu, **speed, "memory": memory[0], **found}


def _cpu() -> float:
    """Give the seconds of CPU this process has used, and those it started that have ended."""
    return time.process_time() + machine.cpu_of_ended_children()


def _scan(file: Path) -> dict[str, Any]:
    found = scan([file])
    return {
        "verified": found.total(Tier.VERIFIED),
        "possible": found.total(Tier.POSSIBLE),
        "complete": found.complete,
    }


def _risk(file: Path, quasi: str) -> dict[str, Any]:
    with open_table(file) as table:
        risk = measure_risk(table, quasi.split(","), [SENSITIVE])
    return {"memory": machine.peak_memory(), "classes": risk.classes, "k": risk.k, "l": risk.l, "t": risk.t}


def _read(file: Path) -> dict[str, Any]:
    """Cut the table into its cells, and ask of each column only how long its longest cell is."""
    with open_table(file) as table:
        table.rows(
            "SELECT {longest} FROM data",
            longest=", ".join(f"max(length({name}))" for name in map(table.sql, table.columns)),
        )
    return {}


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(HERE))
    goals = {"goal_seconds": GOAL_SECONDS, "goal_mb": GOAL_MB, "goal_worst_mb": GOAL_WORST_MB}
    return templates.get_template("risk.md.j2").render(**result, **goals)


if __name__ == "__main__":
    what, path, *of = sys.argv[1:]
    works: dict[str, Callable[[Path], dict[str, Any]]] = {
        "scan": _scan,
        "risk": lambda file: _risk(file, of[0]),
        "read": _read,
    }
    print(json.dumps(measure(works[what], Path(path))))
