"""Cut an issue's text into clean lines that know their number, their fence and their section."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_CHARACTERS = 262_144
"""Characters read at most; GitHub holds an issue's body to 65,536."""
MAX_LINE = 2_000
"""Characters of one line read at most; what follows is not looked at."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\))")
# The escape character itself is lost when a terminal's colours are copied into a web form.
_LOST_ESCAPES = re.compile(r"\[\d{1,3}(?:;\d{1,3}){0,4}m|\[m(?=\()")
_QUOTED = re.compile(r"^(?: {0,3}> ?(?!>)){1,5}")
_FENCE = re.compile(r"^\s{0,40}(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^#{2,6}\s")
_HTML = re.compile(r"^\s{0,40}</?(?:details|summary|pre|code)\b[^>]{0,80}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text, without colours, quote marks and what is beyond ``MAX_LINE``."""

    number: int
    """The line's place in the text, from 1."""
    text: str
    section: int
    """Rises at each fence, ``<details>`` and heading: a block never reaches into the next section."""
    fenced: bool
    """Whether the line stands inside a code fence."""
    mark: bool
    """Whether the line is itself a fence, a heading or ``<details>``."""


def read_lines(text: str) -> tuple[Line, ...]:
    """Cut ``text`` into lines; at most ``MAX_CHARACTERS`` of it are read."""
    lines: list[Line] = []
    section, fence = 0, ""
    for number, raw in enumerate(text[:MAX_CHARACTERS].split("\n"), start=1):
        if not raw or raw.isspace():
            lines.append(Line(number, "", section, bool(fence), mark=False))
            continue
        clean = _clean(raw[:MAX_LINE])
        fenced = bool(fence)
        after = _fence_after(clean, fence)
        mark = after != fence or (_is_mark(clean) if not fence else _is_form_heading(clean))
        fence = after
        section += mark
        lines.append(Line(number, clean, section, fenced, mark))
    return tuple(lines)


def _clean(raw: str) -> str:
    text = raw.rstrip()
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "[" in text:
        text = _LOST_ESCAPES.sub("", text)
    if text.lstrip().startswith(">"):
        text = _QUOTED.sub("", text)
    return text.rstrip()


def _fence_after(text: str, fence: str) -> str:
    """Tell which fence is open after this line (CommonMark 0.31, fenced code blocks)."""
    found = _FENCE.match(text)
    if not found:
        return fence
    marks, rest = found.group(1), found.group(2).strip()
    if fence:
        closes = marks[0] == fence[0] and len(marks) >= len(fence) and not rest
        return "" if closes else fence
    return "" if marks[0] == "`" and "`" in rest else marks


def _is_mark(text: str) -> bool:
    return bool(_HEADING.match(text) or _HTML.match(text))


def _is_form_heading(text: str) -> bool:
    # People delete the closing fence of an issue form's field; the form's next heading still ends it.
    return text.startswith("### ") or text.lstrip().lower().startswith("</details>")
