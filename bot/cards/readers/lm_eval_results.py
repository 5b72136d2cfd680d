"""Read what lm-evaluation-harness measured, and on how much, from its ``results_DATE.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bot.cards.artifacts import number, read_object, text
from bot.cards.facts import Fact
from bot.cards.taking import take
from bot.cards.written import written

MAX_BYTES = 8 * 1024 * 1024
MAX_RESULTS = 2_000
"""Numbers taken from one file, at most."""

_TASK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:+ -]{0,99}")
_METRIC = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9_@ /-]{0,60}?)(?P<error>_stderr)?,(?P<filter>[A-Za-z0-9_-]{1,40})"
)
_OF_A_TASK = {
    ("n-shot",): "lm_eval_shots",
    ("n-samples", "effective"): "lm_eval_samples",
    ("n-samples", "original"): "lm_eval_all_samples",
    ("versions",): "lm_eval_task_version",
}


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield each task's results, with what they were measured on. Raises CannotRead.

    Other programs call their files the same; what is not from the harness has no facts.
    """
    content = read_object(path, MAX_BYTES)
    results = content.get("results")
    if not isinstance(results, dict) or "versions" not in content or "config" not in content:
        return
    yield from _run(content, file)
    tasks = {
        task: found for task, found in results.items() if _TASK.fullmatch(task) and isinstance(found, dict)
    }
    yield from islice(_results(tasks, file), MAX_RESULTS)
    yield from islice(_tasks(tasks, content, file), MAX_RESULTS)


def _run(content: Mapping[str, Any], file: str) -> Iterator[Fact]:
    """Yield how the whole run went."""
    config = content["config"]
    if isinstance(config, dict):
        yield from take(config, file, number, {"limit": "limit"}, under="config.")
    yield from take(
        content, file, text, {"lm_eval_version": "lm_eval_version", "model_name": "lm_eval_model"}
    )
    yield from take(content, file, number, {"date": "lm_eval_date"})
    yield from take(content, file, _seconds, {"total_evaluation_time_seconds": "lm_eval_seconds"})
    if content.get("chat_template_sha"):
        yield Fact("lm_eval_chat_template", True, file, "chat_template_sha")


def _results(tasks: Mapping[str, Mapping[str, Any]], file: str) -> Iterator[Fact]:
    for task, found in tasks.items():
        for key, value in found.items():
            metric, taken = _METRIC.fullmatch(key), number(value)
            if metric and taken is not None:
                kind = "lm_eval_stderr" if metric["error"] else "lm_eval"
                name = f"{kind}.{task}.{metric['name']},{metric['filter']}"
                yield Fact(name, taken, file, f"results.{task}.{key}")


def _tasks(tasks: Iterable[str], content: Mapping[str, Any], file: str) -> Iterator[Fact]:
    for task in tasks:
        for (section, *inner), name in _OF_A_TASK.items():
            value: Any = content.get(section)
            for key in (task, *inner):
                value = value.get(key) if isinstance(value, dict) else None
            taken = number(value)
            if taken is not None:
                yield Fact(f"{name}.{task}", taken, file, ".".join((section, task, *inner)))


def _seconds(value: object) -> int | float | None:
    """Take a number that the harness writes as text."""
    return number(written(value) if isinstance(value, str) else value)
