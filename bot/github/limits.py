"""Understand GitHub's refusals, and keep to the pace GitHub asks of an App's writes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.errors import GoneError, RefusedError, TransientError

WAIT_WHEN_NOT_TOLD = 60.0
"""Seconds to wait at a limit whose answer names no time ("Best practices for using the REST API")."""

LONGEST_WINDOW = 3601.0
"""Seconds until any of GitHub's limits is set back, whatever this machine's clock makes of the moment."""

WRITES_PER_MINUTE = 80
WRITES_PER_HOUR = 500
"""Requests that make content which github.com takes of one App in one place."""

_UNREACHABLE = frozenset({404, 410, 451})
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)

CORE = "core"
"""What GitHub calls the resource of most of the REST API; search and GraphQL have limits of their own."""


@dataclass(frozen=True)
class PrimaryLimit:
    """What GitHub said last about the requests of an hour; ``resets`` is in Unix seconds."""

    limit: int
    remaining: int
    resets: float

    def share_left(self, *, now: float | None = None) -> float:
        """Tell how much of the hour's requests is left, from 0 to 1; a new hour begins with all of them."""
        if (time.time() if now is None else now) >= self.resets or self.limit <= 0:
            return 1.0
        return max(0.0, min(1.0, self.remaining / self.limit))


def primary_limit(headers: Mapping[str, str]) -> PrimaryLimit | None:
    """Read the core limit from an answer; ``None`` when it tells of another resource's, or of none.

    GitHub Enterprise Server has no limits unless its owner sets them, and then sends no such headers
    ("Rate limits for the REST API", "Checking the status of your rate limit").
    """
    said = {name.lower(): value for name, value in headers.items()}
    if said.get("x-ratelimit-resource", CORE) != CORE:
        return None
    numbers = [_number(said.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")]
    limit, remaining, resets = numbers
    if limit is None or remaining is None or resets is None:
        return None
    return PrimaryLimit(int(limit), int(remaining), resets)


class PrimaryLimitError(TransientError):
    """The requests of an hour are used up, for one resource of GitHub's; the others may go on."""

    resource: str = CORE


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
            return _limit_error(said, f"GitHub's rate limit: {words}", wait)
    if status >= 500 or status == 408:
        return TransientError(f"GitHub answered {status}: {words}", _number(said.get("retry-after")))
    if status in _UNREACHABLE:
        return GoneError(words, status)
    return RefusedError(words, status)


def _limit_error(said: Mapping[str, str], words: str, wait: float) -> TransientError:
    """Tell the limit of one resource from a secondary one, which holds for all of them."""
    if "retry-after" in said or said.get("x-ratelimit-remaining") != "0":
        return TransientError(words, retry_after=wait)
    error = PrimaryLimitError(words, retry_after=wait)
    error.resource = said.get("x-ratelimit-resource", CORE)
    return error


def _seconds_to_wait(status: int, said: Mapping[str, str], words: str, now: float) -> float | None:
    asked = _number(said.get("retry-after"))
    if asked is not None:
        return asked
    if said.get("x-ratelimit-remaining") == "0":
        reset = _number(said.get("x-ratelimit-reset"))
        return WAIT_WHEN_NOT_TOLD if reset is None else min(max(1.0, reset - now + 1), LONGEST_WINDOW)
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
