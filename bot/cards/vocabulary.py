"""Know the ids the Hub has for languages, tasks and libraries, and what people write instead."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from bot.documents import parse_mapping

RELATIONS = ("finetune", "adapter", "quantized", "merge")
"""How a model comes from its base. Source: hub-docs, modelcard.md, ``base_model_relation``."""


def is_language(code: str) -> bool:
    """Tell whether a language code is one of ISO 639, perhaps with a region or script, as in ``pt-BR``."""
    table = _languages()
    base, _, _ = code.lower().partition("-")
    return base in table["two_letter"] or base in table["three_letter"] or code in table["special"]


def language_named(name: str) -> str | None:
    """Give the code of a language written out in English, such as ``en`` for ``English``."""
    return _codes_by_name().get(name.strip().casefold())


def is_task(name: str) -> bool:
    """Tell whether the Hub has a task of this name."""
    return name in _tasks()["tasks"]


def task_meant(name: str) -> str | None:
    """Give the task that another spelling or a short form stands for, if it can stand for one only."""
    spelled = "-".join(name.strip().lower().replace("_", " ").replace("-", " ").split())
    if is_task(spelled):
        return spelled
    meant = _tasks()["aliases"].get(spelled)
    return str(meant) if meant else None


def library_meant(name: str) -> str | None:
    """Give the Hub's id of a library that was written another way; ``None`` for an id and for the unknown."""
    spelled = name.strip().lower()
    for library, others in _libraries().items():
        if spelled == library or spelled in others:
            return None if name == library else library
    return None


@cache
def _languages() -> dict[str, Any]:
    table = _table("languages.yml")
    return table | {"three_letter": frozenset(table["three_letter"].split())}


@cache
def _codes_by_name() -> dict[str, str]:
    return {str(name).casefold(): code for code, name in _languages()["two_letter"].items()}


@cache
def _tasks() -> dict[str, Any]:
    return _table("tasks.yml")


@cache
def _libraries() -> dict[str, Any]:
    return _table("libraries.yml")


def _table(name: str) -> dict[str, Any]:
    table, _ = parse_mapping(files("bot.cards").joinpath(name).read_bytes())
    return table
