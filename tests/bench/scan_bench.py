"""Measure how fast texts and tables are scanned, beside Presidio and beside RE2's set alone.

``python -m tests.bench.scan_bench FILE PROCESSES`` scans one file in this process and prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.datasets.findings import Tier
from bot.datasets.kinds import known_kinds
from bot.datasets.linear import pattern_set
from bot.datasets.scanning import scan
from bot.rendering import environment
from tests.accuracy import presidio
from tests.bench import scan_texts
from tests.bench.machine import peak_memory

HERE = Path(__file__).parent
SIZE = 50_000_000
PRESIDIO_LINES = 500
ROWS = 1_500_000
"""Rows of the table, about 250 MB."""
GOALS = {"times_presidio": 150, "share_of_set": 0.2}


def run(quick: bool) -> dict[str, Any]:
    """Measure each text in a process of its own, one after the other."""
    size = SIZE // 10 if quick else SIZE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "mixed": "mixed.txt",
            "mixed JSON lines": "mixed.jsonl",
            "without personal data": "plain.txt",
        }
        for file in files.values():
            scan_texts.write(folder / file, (scan_texts.plain if "plain" in file else scan_texts.mixed)(size))
        measured = {what: _apart(folder / file, 1) for what, file in files.items()}
        both = _apart(folder / "mixed.txt", 2)
        sets = {what: _set_alone(folder / file) for what, file in files.items()}
        theirs = _presidio(folder / "mixed.txt")
        table = folder / "dense.csv"
        scan_texts.dense(table, ROWS // 10 if quick else ROWS)
        dense = _apart(table, 1)
    return {"texts": measured, "both": both, "sets": sets, "presidio": theirs, "dense": dense}


def measure(file: Path, processes: int) -> dict[str, float]:
    """Scan a file, and give megabytes in a second and the memory it took."""
    warm = file.parent / f"warm{file.suffix if file.suffix == '.jsonl' else '.txt'}"
    scan_texts.write(warm, scan_texts.mixed(500_000, seed=1))
    scan([warm], processes=1)  # compiles the rules; Presidio's start is not counted either
    start, start_cpu = time.perf_counter(), time.process_time()
    found = scan([file], processes=processes)
    took, used = time.perf_counter() - start, time.process_time() - start_cpu
    size = file.stat().st_size / 1e6
    return {
        "megabytes": size,
        "speed": size / took,
        "speed_of_cpu": size / used,
        "verified": found.total(Tier.VERIFIED),
        "possible": found.total(Tier.POSSIBLE),
        "memory": peak_memory(),
    }


def _apart(file: Path, processes: int) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, str(file), str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent.parent)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _set_alone(file: Path) -> float:
    """Give the megabytes in a second of CPU that looking for all shapes takes, line by line."""
    match = pattern_set(kind.pattern for kind in known_kinds()).Match
    lines = file.read_bytes().split(b"\n")
    for line in lines[:1000]:
        match(line)
    start = time.process_time()
    for line in lines:
        match(line)
    return file.stat().st_size / 1e6 / (time.process_time() - start)


def _presidio(file: Path) -> float:
    """Give the megabytes of CPU time a second of Presidio's engine for texts without a model."""
    with file.open() as lines:
        texts = list(islice(lines, PRESIDIO_LINES))
    return sum(map(len, texts)) / 1e6 / presidio.ask(texts, words=False).seconds


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    template = environment(FileSystemLoader(HERE)).get_template("scan.md.j2")
    return template.render(**result, goals=GOALS)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
