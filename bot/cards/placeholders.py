"""Tell what a template left from what somebody wrote."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping

NOTE = "note"
"""The group of the pattern for what people leave themselves, to come back to it."""
_ONLY_A_LABEL = re.compile(r"\s*(?:[-*]\s{0,3})?(?:\*\*[^*]{1,80}\*\*:?)?[\s.*_-]*")
_COMMENT = re.compile(r"<!--[^>]{0,300}-->")


@cache
def left_by_templates() -> re.Pattern[str]:
    """Give the pattern of what templates leave in the text of a card."""
    return _pattern("patterns")


@cache
def left_in_code() -> re.Pattern[str]:
    """Give the pattern of the names that stand in code where the model's own should."""
    return _pattern("in_code")


def says_something(line: str) -> bool:
    """Tell whether a line has more in it than a label, and what a template left behind it."""
    return not _ONLY_A_LABEL.fullmatch(_COMMENT.sub("", left_by_templates().sub("", line)))


def _pattern(which: str) -> re.Pattern[str]:
    data, _ = parse_mapping(files("bot.cards").joinpath("placeholders.yml").read_bytes())
    return re.compile("|".join(f"(?:{pattern})" for pattern in data[which]), re.IGNORECASE)
