"""Measure how long learning from a repository's history takes, how much memory, and one decision."""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.rendering import environment
from bot.triage.history import PastIssue
from bot.triage.learning.files import from_bytes, to_bytes
from bot.triage.learning.learn import learn
from bot.triage.learning.model import predict

ISSUES = 20_000
WORDS = 30_000
"""Different words of the made-up language; the n-th is used as often as Zipf's law says."""
TYPES = ("bug", "enhancement", "question", "documentation")
AREAS = tuple(f"area: {number}" for number in range(12))
LENGTH = (40, 400)
"""Words of a body."""


def run(quick: bool) -> dict[str, Any]:
    """Learn and decide in a process of its own, whose memory is then known."""
    command = [sys.executable, "-m", "tests.bench.learning_bench", str(2_000 if quick else ISSUES)]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def history(issues: int, *, seed: int = 0) -> Iterator[PastIssue]:
    """Make up issues as long as real ones, whose words depend on their type and area."""
    chance = random.Random(seed)
    words = [f"{chance.choice('bcdfgklmnprstvz')}{number:x}" for number in range(WORDS)]
    words = ["".join(chr(97 + int(letter, 16)) if letter in "0123456789abcdef" else letter for letter in word)
             for word in words]  # fmt: skip
    weights = [1 / (place + 10) for place in range(WORDS)]
    cumulated = [0.0]
    for weight in weights:
        cumulated.append(cumulated[-1] + weight)
    for number in range(1, issues + 1):
        kind, area = chance.randrange(len(TYPES)), chance.randrange(len(AREAS))
        text = chance.choices(words, cum_weights=cumulated[1:], k=chance.randint(*LENGTH))
        hints = [
            words[100 + 20 * kind + chance.randrange(20)],
            words[1_000 + 20 * area + chance.randrange(20)],
        ]
        body = " ".join(text) + "\n\n```\n" + " ".join(text[:40]) + "\n```\n"
        title = " ".join([*hints, *text[:6]])
        labels = (TYPES[kind], AREAS[area]) if chance.random() < 0.7 else (TYPES[kind],)
        yield PastIssue(number=number, title=title, body=body, labels=labels)


def _measure(issues: int) -> dict[str, Any]:
    start = time.perf_counter()
    model = learn(history(issues))
    learning = time.perf_counter() - start
    file = to_bytes(model)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    start = time.perf_counter()
    model = from_bytes(file)
    loading = time.perf_counter() - start
    times = []
    for issue in history(500, seed=1):
        start = time.perf_counter()
        predict(model, issue)
        times.append((time.perf_counter() - start) * 1_000)
    places = statistics.quantiles(times, n=20)
    return {
        "issues": issues,
        "labels": len(model.labels),
        "seconds": learning,
        "megabytes": memory,
        "file_megabytes": len(file) / 1_000_000,
        "load_milliseconds": loading * 1_000,
        "p50": places[9],
        "p95": places[-1],
    }


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    return (
        environment(FileSystemLoader(Path(__file__).parent)).get_template("learning.md.j2").render(**result)
    )


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
