"""Read what a model was made from out of the files that adapters and merges come with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bot.documents import DocumentError, parse_mapping

ADAPTER = "adapter_config.json"
"""What PEFT writes beside an adapter (peft, ``PeftConfig.save_pretrained``)."""
MERGE = "mergekit_config.yml"
"""What mergekit writes beside a merge (mergekit, ``card.py``)."""
MAX_FILE = 1024 * 1024
"""Bytes of such a file that are read."""
_DEEPEST = 8
_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def base_of_adapter(content: bytes) -> tuple[str, ...]:
    """Give the model an adapter is for; nothing when it names a folder of its author's machine."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    base = told.get("base_model_name_or_path") if isinstance(told, dict) else None
    return (base,) if isinstance(base, str) and _HUB_ID.fullmatch(base) else ()


def parts_of_merge(content: bytes) -> tuple[str, ...]:
    """Give the models a merge is of, each once: what stands under ``model`` and ``base_model``."""
    try:
        told, _ = parse_mapping(content)
    except DocumentError:
        return ()
    # mergekit takes "model+adapter", and a path with a revision behind it
    named = [part for one in _named(told) for part in one.split("+")]
    return tuple(dict.fromkeys(one for one in named if _HUB_ID.fullmatch(one)))


def _named(told: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(told, dict):
        for key, value in told.items():
            if key in ("model", "base_model") and isinstance(value, str):
                yield value
            elif key == "model" and isinstance(value, dict) and isinstance(value.get("path"), str):
                yield value["path"]
            else:
                yield from _named(value, depth + 1)
    elif isinstance(told, list):
        for value in told:
            yield from _named(value, depth + 1)
