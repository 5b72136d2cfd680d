"""Write the shape of a kind for Polars, so that the cells that are one value of it are counted at once."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from bot.datasets.detection import Detector

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_AS_RE2 = {"b": r"(?-u:\b)", "d": "[0-9]", "w": "[0-9A-Za-z_]", "s": r"[\t\n\f\r ]"}
"""What RE2 means by it, and Polars only for ASCII: all other characters are those of Unicode in both."""
_READ_OTHERWISE = re.compile(r"&&|--|~~|\[[^\]]*\[(?!:)")
"""Operations on classes of characters that Polars knows and RE2 does not."""


@lru_cache(maxsize=256)
def whole_cell(detector: Detector, kind: str) -> str | None:
    """Give a pattern of cells that are a value of a kind from end to end, with space around it.

    None where Polars would read the kind's patterns otherwise than RE2 does, or not at all.
    """
    patterns = [one.pattern for one in detector.kinds if one.name == kind]
    if any(_READ_OTHERWISE.search(_ESCAPE.sub("", pattern)) for pattern in patterns):
        return None
    shapes = "|".join(f"(?:{_ESCAPE.sub(_as_re2, pattern)})" for pattern in patterns)
    whole = rf"^\s*(?:{shapes})\s*$"
    try:
        pl.Series([""]).str.contains(whole)
    except pl.exceptions.PolarsError:
        return None
    return whole


def _as_re2(escape: re.Match[str]) -> str:
    return _AS_RE2.get(escape[1], escape[0])
