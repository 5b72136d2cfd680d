"""Measure how long k, l and t of a large table take, and the memory.

The table is made up. ``python -m tests.bench.risk_bench FILE QUASI`` measures one set of quasi-identifiers in
this process and prints JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import FileSystemLoader

from bot.datasets.risk.measures import measure as measure_risk
from bot.datasets.risk.tables import open_table
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
    with tempfile.TemporaryDirectory(prefix="giveback-bench-") as folder:
        file = Path(folder) / "people.csv"
        with duckdb.connect() as database:
            database.execute("SET enable_progress_bar = false")
            database.execute(_TABLE.format(file=file), [rows])
        measured = {
            name: _in_a_process("tests.bench.risk_bench", file, quasi) for name, quasi in SETS.items()
        }
        scanned = _in_a_process("tests.bench.scan_bench", file, str(os.cpu_count() or 1))
        return {"rows": rows, "bytes": file.stat().st_size, "sets": measured, "scan": scanned}


def _in_a_process(module: str, file: Path, more: str) -> dict[str, Any]:
    busy = machine.cpu_of_everything()
    used = machine.cpu_of_ended_children()
    command = [sys.executable, "-m", module, str(file), more]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent.parent)
    own = machine.cpu_of_ended_children() - used
    return {**json.loads(done.stdout), "others_cpu": max(0.0, machine.cpu_of_everything() - busy - own)}


def measure(file: Path, quasi: str) -> dict[str, Any]:
    """Measure once, after the file was read once so that it is in the page cache as far as it fits."""
    with file.open("rb", buffering=0) as opened:
        while opened.read(1 << 24):
            pass
    start, start_cpu = time.perf_counter(), time.process_time()
    with open_table(file) as table:
        risk = measure_risk(table, quasi.split(","), [SENSITIVE])
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - start_cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "classes": risk.classes,
        "k": risk.k,
        "l": risk.l,
        "t": risk.t,
    }


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(HERE))
    goals = {"goal_seconds": GOAL_SECONDS, "goal_mb": GOAL_MB, "goal_worst_mb": GOAL_WORST_MB}
    return templates.get_template("risk.md.j2").render(**result, **goals)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))
