"""Name the types weights have, as each format numbers them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from bot.documents import parse_mapping

UNKNOWN = "unknown"


def element_type(numbering: str, number: int) -> str:
    """Name a type, or ``UNKNOWN``; ``numbering`` is a key of ``element_types.yml``."""
    return str(_table()[numbering].get(str(number), UNKNOWN))


@cache
def _table() -> dict[str, Any]:
    table, _ = parse_mapping(files("bot.cards").joinpath("element_types.yml").read_bytes())
    return table
