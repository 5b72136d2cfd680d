"""Let nobody call more often than is good for everybody."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

MOST_KNOWN = 10_000
"""Callers kept in mind at once; then those who have called least recently are forgotten."""


@dataclass
class Allowance:
    """So many calls in so many seconds, for each caller; counted in this process alone."""

    calls: int
    seconds: float
    _made: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, caller: str, now: float | None = None) -> float:
        """Count a call; give the seconds after which the caller may try again, 0 when this one is fine."""
        now = time.monotonic() if now is None else now
        made = self._made.pop(caller, None) or deque()
        self._made[caller] = made  # the last in line to be forgotten
        while len(self._made) > MOST_KNOWN:
            del self._made[next(iter(self._made))]
        while made and made[0] <= now - self.seconds:
            made.popleft()
        if len(made) >= self.calls:
            return made[0] + self.seconds - now
        made.append(now)
        return 0.0
