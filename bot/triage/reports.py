"""Read a report once, however many features want to know what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.triage.environment import Environment, read_environment
from bot.triage.tracebacks import Failure, find_failures

KEPT = 32
"""Reports of late that are kept: an event asks several times about one, and reading it takes a while."""


@dataclass(frozen=True)
class Report:
    """What a text says of the machine it was written about, and of what failed there."""

    text: str
    environment: Environment
    failures: tuple[Failure, ...]

    @property
    def own_words(self) -> str:
        """Give the text without environment blocks and failures; lines keep their numbers."""
        shown = [(block.first, block.last) for block in self.environment.blocks]
        for failure in self.failures:
            first = min(part.line for part in failure.chain())
            shown.append((first, max(part.last_line for part in failure.chain())))
        inside = {number for first, last in shown for number in range(first, last + 1)}
        lines = self.text.split("\n")
        return "\n".join("" if number in inside else line for number, line in enumerate(lines, start=1))


@lru_cache(maxsize=KEPT)
def read_report(text: str) -> Report:
    """Read a text; raises nothing on any.

    A long one takes a tenth of a second: call it off the event loop.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Report(text, read_environment(text), find_failures(text))
