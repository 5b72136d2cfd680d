"""Read a value that stands in a text, as libraries print it."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,3})?")


def written(value: str) -> str | int | float | bool:
    """Give the number, or true or false, that a text is; any other text stays one."""
    if value in ("True", "False"):
        return value == "True"
    if _WHOLE.fullmatch(value):
        return int(value)
    return float(value) if _DECIMAL.fullmatch(value) else value
