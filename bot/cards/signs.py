"""Tell from the facts which library loads a model and which task it is for, where they leave no doubt."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.declared import Declared
from bot.cards.facts import Reading
from bot.cards.vocabulary import is_task
from bot.documents import parse_mapping


def library(reading: Reading, declared: Declared) -> str | None:
    """Name the library: as declared, or as the first sign says."""
    if declared.library_name:
        return declared.library_name
    for sign in _signs()["libraries"]:
        name, any_ending, _ = sign["fact"].partition("*")
        if name in reading.names or (any_ending and any(one.startswith(name) for one in reading.names)):
            return str(sign["library"])
    return None


def task(reading: Reading, declared: Declared) -> str | None:
    """Name the pipeline tag: as declared, or as the architecture, the adapter or the pipeline says."""
    if declared.pipeline_tag:
        return declared.pipeline_tag
    signs = _signs()
    loads = library(reading, declared)
    if loads in signs["only_task"]:
        return str(signs["only_task"][loads])
    pipeline = _text(reading, "pipeline")
    if pipeline:
        return next((str(tag) for part, tag in signs["pipelines"].items() if part in pipeline), None)
    task_type = _text(reading, "task_type")
    if task_type:
        meant = signs["task_types"].get(task_type)
        return str(meant) if meant else None
    tags = reading.get("gguf.tags")
    tasks = [tag for tag in tags.value if is_task(tag)] if tags and isinstance(tags.value, list) else []
    if tasks:
        return tasks[0] if len(tasks) == 1 else None
    architectures = reading.get("architectures")
    names = architectures.value if architectures and isinstance(architectures.value, list) else []
    found = {tag for name in names for ending, tag in signs["architectures"].items() if name.endswith(ending)}
    return str(found.pop()) if len(found) == 1 else None


def _text(reading: Reading, name: str) -> str | None:
    fact = reading.get(name)
    return fact.value if fact and isinstance(fact.value, str) else None


@cache
def _signs() -> dict[str, Any]:
    signs, _ = parse_mapping(files("bot.cards").joinpath("signs.yml").read_bytes())
    return signs
