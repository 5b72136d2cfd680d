"""Measure how long similar issues take to find, and the memory that takes, in indexes of many made-up issues.

``python -m tests.bench.similar_bench ISSUES QUESTIONS`` measures one index in this process and prints JSON.
With the folder of a sentence model behind, it measures a whole decision: a type, and similar issues.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import FileSystemLoader

from bot.rendering import environment
from bot.triage.embedding import IssueVectors
from bot.triage.history import PastIssue
from bot.triage.learning.learn import learn
from bot.triage.learning.model import predict
from bot.triage.similar.index import SimilarIndex
from bot.triage.similar.sentence_model import SentenceModel

HERE = Path(__file__).parent
SIZES = (50_000, 100_000)
QUESTIONS = 500
GOAL_MS = 10.0
"""95th percentile at the first of the sizes, without an embedding."""
GOAL_WITH_MODEL_MS = 50.0
"""The same of a whole decision with one."""

GOAL_MB = 180

_WORDS = 60_000
_SYLLABLES = ["".join(pair) for pair in product("bcdfgklmnprstvxz", "aeiou")]
_OPENED = datetime(2020, 1, 1, tzinfo=UTC)


def made_up(count: int, seed: int) -> Iterator[PastIssue]:
    """Make issues under a form's headings, their words as unevenly spread as those of people (Zipf's law)."""
    chance = random.Random(0)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(_WORDS)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(_WORDS)))
    chance = random.Random(seed)

    def some(least: int, most: int) -> list[str]:
        return chance.choices(words, cum_weights=weights, k=chance.randint(least, most))

    for number in range(1, count + 1):
        version = ".".join(str(chance.randint(0, 40)) for _ in range(3))
        name = "".join(word.capitalize() for word in some(2, 3))
        yield PastIssue(
            number=number,
            title=f"[Bug]: {name} {' '.join(some(4, 9))} {chance.randint(1, 30)}",
            body=f"### Environment\n\nversion {version}\n"
            f"### Describe the bug\n\n{' '.join(some(40, 260))} {name}\n### Steps\n\n{' '.join(some(5, 80))}",
            created_at=_OPENED + timedelta(minutes=30 * number),
        )


def run(quick: bool) -> dict[str, Any]:
    """Measure each size in a process of its own."""
    sizes, questions = ((5_000,), 100) if quick else (SIZES, QUESTIONS)
    folder = os.environ.get("GIVEBACK_SENTENCE_MODEL")
    return {
        "questions": questions,
        "sizes": [_apart(size, questions) for size in sizes],
        "with_model": _apart(sizes[0], questions, folder) if folder else None,
    }


def _apart(*arguments: object) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent.parent)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def measure(size: int, questions: int) -> dict[str, float]:
    """Build an index, ask it, and ask SQLite's full-text search for all the words of the same issues."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.sqlite"
        start = time.perf_counter()
        with SimilarIndex.open(file) as index:
            index.add_all(made_up(size, seed=1))
        built = time.perf_counter() - start
        asked = list(made_up(questions, seed=2))
        with SimilarIndex.open(file) as index:
            took, used = _times(asked, lambda issue: index.similar(issue, limit=5))
            added, _ = _times(asked[:100], lambda issue: index.add(issue))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        plain, _ = _times(asked[: questions // 20], _plain(made_up(size, seed=1)))
        return {
            "issues": size,
            "build": built,
            "p50": statistics.median(took),
            "p95": _p95(took),
            "cpu95": _p95(used),
            "add": statistics.median(added),
            "memory": memory,
            "file": file.stat().st_size / 2**20,
            "plain_p50": statistics.median(plain),
            "plain_p95": _p95(plain),
        }


def measure_with_model(size: int, questions: int, folder: Path) -> dict[str, float]:
    """Tell an issue's type and what it is like; the vectors of the issues in the index are made up."""
    model = SentenceModel.open(folder)
    vectors, width = IssueVectors.by(model), len(model("a few words"))
    kinds = ("bug", "enhancement", "question")
    learned = learn(
        [one.model_copy(update={"labels": (kinds[one.number % 3],)}) for one in made_up(300, seed=3)],
        vectors=vectors,
    )
    chance = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as parent:
        file = Path(parent) / "index.sqlite"
        with SimilarIndex.open(file, lambda _: chance.normal(size=width)) as index:
            index.add_all(made_up(size, seed=1))
        with SimilarIndex.open(file, model) as index:

            def decide(issue: PastIssue) -> None:
                predict(learned, issue, vectors)
                index.similar(issue, limit=5)

            took, used = _times(list(made_up(questions, seed=2)), decide)
    return {
        "issues": size,
        "p50": statistics.median(took),
        "p95": _p95(took),
        "cpu50": statistics.median(used),
        "cpu95": _p95(used),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "load": os.getloadavg()[0],
    }


def _plain(issues: Iterator[PastIssue]) -> Callable[[PastIssue], object]:
    """Search as one would at first: a full-text table, and every word of the issue."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE texts USING fts5 (title, body, tokenize = 'porter')")
    rows = ((issue.number, issue.title, issue.body) for issue in issues)
    database.executemany("INSERT INTO texts (rowid, title, body) VALUES (?, ?, ?)", rows)

    def search(issue: PastIssue) -> object:
        words = {word for word in f"{issue.title} {issue.body}".split() if word.isalnum()}
        asked = " OR ".join(f'"{word}"' for word in words)
        statement = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 5"
        return database.execute(statement, (asked,)).fetchall()

    return search


def _times(issues: list[PastIssue], ask: Callable[[PastIssue], object]) -> tuple[list[float], list[float]]:
    """Give the milliseconds each question takes, by the clock and of the CPU, after a few to warm up."""
    for issue in issues[:5]:
        ask(issue)
    took, used = [], []
    for issue in issues:
        start, start_cpu = time.perf_counter(), time.process_time()
        ask(issue)
        took.append((time.perf_counter() - start) * 1000)
        used.append((time.process_time() - start_cpu) * 1000)
    return took, used


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/benchmarks.md."""
    templates = environment(FileSystemLoader(HERE))
    template = templates.get_template("similar.md.j2")
    goals = {"goal_ms": GOAL_MS, "goal_mb": GOAL_MB, "goal_with_model_ms": GOAL_WITH_MODEL_MS}
    return template.render(**result, **goals, first=result["sizes"][0])


if __name__ == "__main__":
    size, questions, *folder = sys.argv[1:]
    if folder:
        print(json.dumps(measure_with_model(int(size), int(questions), Path(folder[0]))))
    else:
        print(json.dumps(measure(int(size), int(questions))))
