"""Tell an answer from what stands where nobody answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping
from bot.triage.linear import LinearPattern

MAX_LINE = 400
"""Characters of a line that can be a placeholder."""

_TAG = re.compile(r"</?(?:details|summary|br|p|code|pre|b|i|hr)\b[^<>\n]{0,80}>", re.IGNORECASE)
_FENCE = re.compile(r"\s{0,12}(?:`{3,}|~{3,})[\w .{}=+-]{0,40}")
_MARK = re.compile(r"(?:[-*+>#\s]|\d{1,3}[.)]|\[[ xX]?\](?!\())+")
_AROUND = " \t\"'`*_“”‘’.,;:!?…"


class State(StrEnum):
    """What an answer is."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    ANSWERED = "answered"


def judge(answer: str, *templates: str) -> State:
    """Tell whether somebody answered; ``templates`` are the texts the field had or showed to begin with."""
    bare = answer.strip()
    if not bare or bare.strip("_").casefold() == "no response":
        return State.EMPTY
    lines = list(_said(bare))
    if not lines:
        is_written = any(one.isalnum() for one in bare) and "<!--" in bare
        return State.PLACEHOLDER if is_written else State.EMPTY
    known = {line for template in templates for line in _said(template)}
    if all(line in known or is_placeholder(line) for line in lines):
        blank = {"no response", "_no response_"}
        return State.EMPTY if all(line in blank for line in lines) else State.PLACEHOLDER
    return State.ANSWERED


def is_placeholder(line: str) -> bool:
    """Tell whether a line, on its own, says nothing."""
    bare = line.strip(_AROUND)
    if len(bare) > MAX_LINE:
        return False
    return not any(one.isalnum() for one in bare) or _pattern("placeholders").matches(bare)


def is_optional(text: str) -> bool:
    """Tell whether a template's section, by its words, is not meant for everybody."""
    return _pattern("optional").occurs_in(text)


def without_comments(text: str) -> str:
    """Leave out HTML comments; one that is never closed goes on to the end, as GitHub shows it."""
    kept, done = [], 0
    while (start := text.find("<!--", done)) >= 0:
        kept.append(text[done:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        done = end + 3
    return "".join((*kept, text[done:]))


def _said(text: str) -> Iterator[str]:
    """Yield the lines that hold words, without marks of lists and tags, in one case."""
    for row in without_comments(text).splitlines():
        if _FENCE.fullmatch(row):
            continue
        line = _TAG.sub(" ", row) if "<" in row else row
        mark = _MARK.match(line)
        bare = " ".join(line[mark.end() if mark else 0 :].split()).strip(_AROUND).casefold()
        if any(one.isalnum() for one in bare):
            yield bare


@cache
def _pattern(name: str) -> LinearPattern:
    words, _ = parse_mapping(files("bot.triage.forms").joinpath("words.yml").read_bytes())
    return LinearPattern(_either(words[name]), any_case=True)


def _either(patterns: Iterable[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)
