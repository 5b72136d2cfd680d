"""Tell whether a path fits a list of patterns written as in `.gitignore`, in linear time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from bot.triage.linear import LinearPatterns, PatternError
from bot.triage.path_patterns import path_pattern


class IgnorePatterns:
    """Patterns of which the last that fits a path decides; one with ``!`` before it takes it out again.

    Unlike in Git, a path can be taken out below a folder that was taken in: here the paths of a change are
    asked about, not folders to walk into, and ``docs`` with ``!docs/api`` should mean what it says.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        """Understand the patterns.

        Raises:
            PatternError: one of them is not understood; the message names it.
        """
        self._takes_in = [not pattern.startswith("!") for pattern in patterns]
        self._patterns = LinearPatterns([_written(pattern) for pattern in patterns])

    def match(self, path: str) -> bool:
        """Tell whether a path, relative and with slashes, fits."""
        found = self._patterns.matching(path)
        return bool(found) and self._takes_in[found[-1]]

    def first(self, paths: Iterable[str]) -> str | None:
        """Give the first path that fits."""
        return next((path for path in paths if self.match(path)), None)


@lru_cache(maxsize=256)
def ignore_patterns(patterns: tuple[str, ...]) -> IgnorePatterns:
    """Understand patterns once for all who use the same; raises as :class:`IgnorePatterns`."""
    return IgnorePatterns(patterns)


def _written(pattern: str) -> str:
    if pattern.startswith("#"):
        raise PatternError(f'"{pattern[:80]}" is a comment: write "\\#" for a name that begins with #')
    try:
        return path_pattern(pattern.removeprefix("!"), descends=True)
    except PatternError as error:
        raise PatternError(f'"{pattern[:80]}": {error}') from None
