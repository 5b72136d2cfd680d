"""Say how many there are of something, in words that agree with the number."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Write ``1 file`` and ``2 files``; ``many`` is for words that take more than an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def rows_and_lines(count: int) -> str:
    """Write how much was read of tables and texts together."""
    return counted(count, "row or line", "rows and lines")


def were(count: int) -> str:
    """Give the verb that goes with a number of things found."""
    return "was" if count == 1 else "were"
