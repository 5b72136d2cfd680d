"""Take apart what several processes wrote into one log, and the log's prefixes off its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.triage.environment.lines import Line

MAX_STREAMS = 64
"""Processes told apart at most; the lines of further ones stay in the main stream."""
MAX_PREFIX = 160
"""Characters of a log's prefix at most; a longer one is a sentence."""

_PROCESS = re.compile(
    r"^\s{0,8}(?:(\[(?:default|rank)?\d{1,5}\]:)|(\([\w.+: =-]{0,60}\bpid=\d{1,10}[^()]{0,40}\))) ?"
)
_DIGITS = re.compile(r"\d+")


def untangle(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """Give the lines of each process by itself, without the mark (``[rank0]:``) that tells it."""
    streams: dict[str, list[Line]] = {"": []}
    for line in lines:
        found = _PROCESS.match(line.text) if "[" in line.text or "(" in line.text else None
        process = (found.group(1) or found.group(2)) if found else ""
        if found and (process in streams or len(streams) < MAX_STREAMS):
            streams.setdefault(process, []).append(replace(line, text=line.text[found.end() :]))
        else:
            streams[""].append(line)
    return tuple(map(tuple, streams.values()))


@dataclass(frozen=True, slots=True)
class Prefix:
    """What a log writes before each line of a traceback, told by the traceback's first line."""

    shape: re.Pattern[str] | None = None
    trailing: int = 0

    @classmethod
    def of(cls, text: str) -> Prefix:
        """Learn the prefix from an example: its numbers (times, processes) may differ on other lines."""
        bare = text[:MAX_PREFIX].rstrip()
        if not bare or len(text) > MAX_PREFIX:
            return cls(None, len(text) if not bare else 0)
        shape = r"\d{1,160}".join(map(re.escape, _DIGITS.split(bare)))
        return cls(re.compile(shape), len(text) - len(bare))

    @property
    def is_empty(self) -> bool:
        """Tell whether lines have nothing but spaces before them."""
        return self.shape is None

    def off(self, text: str) -> str | None:
        """Take the prefix off a line; None where the line has another one."""
        start = 0
        if self.shape is not None:
            found = self.shape.match(text)
            if not found:
                return None
            start = found.end()
        spaces = len(text) - len(text[start:].lstrip(" ")) - start
        return text[start + min(spaces, self.trailing) :]
