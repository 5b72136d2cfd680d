"""Read tracebacks as IPython and notebooks print them, and as Rich draws them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.triage.environment.lines import Line
from bot.triage.tracebacks.classify import classify
from bot.triage.tracebacks.failure import MAX_FRAMES, MAX_MESSAGE, Failure, Frame
from bot.triage.tracebacks.frames import python_frame
from bot.triage.tracebacks.python import EXCEPTION, HEAD, link

_HEAD = re.compile(r"^\s{0,8}([A-Za-z_]\w{0,100})\s+Traceback \(most recent call last\)\s*$")
_FRAMES = (
    # IPython 8: "File ~/x/module.py:1518, in Module._call_impl(self, *args)"
    re.compile(r"^File (?P<file>\S.{0,399}?):(?P<line>\d{1,9})(?:, in (?P<function>.{1,300}))?$"),
    re.compile(r"^(?:Cell|Input) In ?\[\d{1,6}\], (?:line (?P<line>\d{1,9})|in (?P<function>.{1,300}))$"),
    # IPython 7 and Colab: "/usr/lib/x.py in f(a)", "[/usr/lib/x.py](https://…) in f(a)"
    re.compile(
        r"^\[?(?P<file>(?:[~/<]|[A-Za-z]:)[^\s\]]{0,399})(?:\]\(\S{1,400}\))? in (?P<function>.{1,300})$"
    ),
)
_HERE = re.compile(r"^-{2,8}> (\d{1,9})\b")
_TOP = re.compile(r"^\s*[╭┌+].{0,20}[─-]+ Traceback \(most recent call last\) [─-]+")
_BOTTOM = re.compile(r"^\s*[╰└+][─-]{3}")
_DRAWN = re.compile(
    r"^\s*[│|] (?P<file>\S.{0,399}?):(?P<line>\d{1,9}) in (?P<function>[\w.<>]{1,200})\s*[│|]?\s*$"
)
_AFTER_BOX = 2


def read_notebook(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read IPython's traceback whose head is ``lines[start]``; gives it, or None, and where to read on."""
    head = _HEAD.match(lines[start].text)
    if not head or lines[start].mark:
        return None, start + 1
    frames: list[Frame] = []
    at = start + 1
    while at < len(lines) and lines[at].section == lines[start].section and not lines[at].mark:
        text = lines[at].text
        if HEAD.removesuffix(":") in text or link(text) is not None:
            break
        if frame := _frame(text):
            frames.append(frame)
        elif (here := _HERE.match(text)) and frames and frames[-1].line is None:
            last = frames[-1]
            frames[-1] = python_frame(last.file, here.group(1), last.function)
        elif (found := EXCEPTION.match(text)) and found.group(1).rpartition(".")[2] == head.group(1):
            return _failure(lines, start, at + 1, found.group(1), found.group(2) or "", frames), at + 1
        at += 1
    return _failure(lines, start, at, head.group(1), "", frames, truncated=True), at


def read_drawn(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read the box that Rich draws, as :func:`read_notebook`."""
    if lines[start].mark or not _TOP.match(lines[start].text):
        return None, start + 1
    frames: list[Frame] = []
    at = start + 1
    while at < len(lines) and lines[at].section == lines[start].section:
        text = lines[at].text
        if found := _DRAWN.match(text):
            frames.append(python_frame(found["file"], found["line"], found["function"]))
        at += 1
        if _BOTTOM.match(text):
            break
    for end in range(at, min(at + _AFTER_BOX, len(lines))):
        found = EXCEPTION.match(lines[end].text)
        if found and lines[end].section == lines[start].section:
            return _failure(lines, start, end + 1, found.group(1), found.group(2) or "", frames), end + 1
    if not frames:
        return None, at
    return _failure(lines, start, at, "", "", frames, truncated=True), at


def _frame(text: str) -> Frame | None:
    for form in _FRAMES:
        if found := form.match(text):
            parts = found.groupdict()
            return python_frame(parts.get("file") or "<cell>", parts.get("line"), parts.get("function") or "")
    return None


def _failure(
    lines: Sequence[Line],
    start: int,
    end: int,
    kind: str,
    message: str,
    frames: list[Frame],
    *,
    truncated: bool = False,
) -> Failure:
    return Failure(
        kind=classify(kind, message),
        type=kind,
        message=message[:MAX_MESSAGE],
        frames=tuple(frames[-MAX_FRAMES:]),
        line=lines[start].number,
        last_line=lines[end - 1].number,
        truncated=truncated,
    )
