"""Understand GitHub's refusals, and keep to the pace GitHub asks of an App's writes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from bot.errors import GoneError, RefusedError, TransientError

WAIT_WHEN_NOT_TOLD = 60.0
"""Seconds to wait at a limit whose answer names no time ("Best practices for using the REST API")."""

WRITES_PER_MINUTE = 80
WRITES_PER_HOUR = 500
"""Requests that make content which github.com takes of one App in one place."""

_UNREACHABLE = frozenset({404, 410, 451})
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def understand(
    status: int, headers: Mapping[str, str], message: str, *, now: float | None = None
) -> Exception:
    """Turn a refusal into what the house does about it.

    ``headers`` are read case-insensitively. Primary and secondary limits come as 403 or 429; the
    time to wait is ``retry-after``, else ``x-ratelimit-reset`` (Unix seconds), else a minute
    ("Rate limits for the REST API", "Exceeding the rate limit").
    """
    said = {name.lower(): value for name, value in headers.items()}
    words = message or f"GitHub answered {status}"
    if status in (403, 429):
        wait = _seconds_to_wait(status, said, words, time.time() if now is None else now)
        if wait is not None:
            return TransientError(f"GitHub's rate limit: {words}", retry_after=wait)
    if status >= 500 or status == 408:
        return TransientError(f"GitHub answered {status}: {words}", _number(said.get("retry-after")))
    if status in _UNREACHABLE:
        return GoneError(words, status)
    return RefusedError(words, status)


def _seconds_to_wait(status: int, said: Mapping[str, str], words: str, now: float) -> float | None:
    asked = _number(said.get("retry-after"))
    if asked is not None:
        return asked
    if said.get("x-ratelimit-remaining") == "0":
        reset = _number(said.get("x-ratelimit-reset"))
        return WAIT_WHEN_NOT_TOLD if reset is None else max(1.0, reset - now + 1)
    if status == 429 or "rate limit" in words.lower() or "abuse" in words.lower():
        return WAIT_WHEN_NOT_TOLD
    return None


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _SECONDS.fullmatch(text) else None


class _Allowance:
    """Count writes against at most ``most`` in any ``seconds``; one half may go out at once.

    The other half comes back evenly over the time, so that no stretch of it sees more than both.
    """

    def __init__(self, most: float, seconds: float, now: float) -> None:
        self._rate = most / 2 / seconds
        self._burst = max(1.0, most / 2)
        self._tokens = self._burst
        self._filled = now

    def take(self, writes: int, now: float) -> float:
        """Take ``writes`` and tell how many seconds to wait before making them."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate) - writes
        self._filled = now
        return 0.0 if self._tokens >= 0 else -self._tokens / self._rate


class Pace:
    """Let one write through at a time, and no more of them in a minute and in an hour than GitHub allows.

    ``per_minute`` is the most in any minute; an hour's most follows from it as GitHub's own two limits for
    writes of content do: 80 a minute and 500 an hour ("Rate limits for the REST API", secondary limits).
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        per_hour = per_minute * WRITES_PER_HOUR / WRITES_PER_MINUTE
        self._allowances = _Allowance(per_minute, 60, clock()), _Allowance(per_hour, 3600, clock())
        self._line = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, writes: int = 1) -> AsyncIterator[None]:
        """Wait for a turn that carries ``writes`` requests, and hold the line while they are made."""
        async with self._line:
            wait = self.wait(writes)
            if wait > 0:
                await asyncio.sleep(wait)
            yield

    def wait(self, writes: int) -> float:
        """Take ``writes`` from what is allowed and tell how many seconds to wait before making them."""
        now = self._clock()
        return max(allowance.take(writes, now) for allowance in self._allowances)
