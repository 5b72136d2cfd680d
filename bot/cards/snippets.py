"""Write the few lines of Python that load a model, to suit its library and its task."""

from __future__ import annotations

import fnmatch
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.declared import Declared
from bot.cards.facts import Reading
from bot.cards.hub_ids import is_hub_id
from bot.cards.signs import library, task
from bot.documents import parse_mapping
from bot.rendering import render

_FALLBACK = "safetensors"
"""What any library's weights can at least be looked at with."""


def snippet(reading: Reading, known: Declared) -> str | None:
    """Write the code, or nothing where it could not run: without the model's id, its task or its file."""
    if not known.model_id:
        return None
    for name in dict.fromkeys((library(reading, known), _FALLBACK)):
        found = _written(name, reading, known) if name else None
        if found is not None:
            return found
    return None


def _written(name: str, reading: Reading, known: Declared) -> str | None:
    shown = _table()["snippets"].get(name)
    if shown is None:
        return None
    wanted = shown.get("pattern")
    named = sorted({fact.file for fact in reading.facts if wanted and fnmatch.fnmatchcase(fact.file, wanted)})
    there: dict[str, str | None] = {
        "task": task(reading, known),
        "base": next((base for base in known.base_models if is_hub_id(base)), None),
        "file": named[0] if len(named) == 1 and named[0].isprintable() else None,
    }
    if any(there[need] is None for need in shown["needs"]):
        return None
    task_type = reading.get("task_type")
    return render(
        f"cards/snippets/{name}.py.j2",
        **there,
        model_id=known.model_id,
        example=_table()["examples"].get(there["task"]),
        chat=reading.get("chat_template") is not None and there["task"] == "text-generation",
        gguf_chat=reading.get("gguf.chat_template") is not None,
        custom_code=reading.get("custom_code") is not None,
        adapter_class=_table()["adapter_classes"].get(
            task_type.value if task_type and isinstance(task_type.value, str) else "",
            _table()["any_adapter_class"],
        ),
    ).strip()


@cache
def _table() -> dict[str, Any]:
    table, _ = parse_mapping(files("bot.cards").joinpath("snippets.yml").read_bytes())
    return table
