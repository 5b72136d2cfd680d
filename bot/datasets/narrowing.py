"""Try a value without what stands at its ends and may belong to what is beside it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.datasets.kinds.checks import Check
from bot.datasets.kinds.evidence import VALID, Evidence
from bot.datasets.linear import WHOLE, Pattern


def narrowed(
    shape: Pattern, check: Check, text: bytes, start: int, end: int, evidence: Evidence
) -> tuple[int, int, Evidence]:
    """Try the value without the groups at its ends that may belong to what stands beside it.

    Behind an address these are the ending of a file's name, or the next sentence where a space is missing.
    """
    for left, right in _shorter(text, start, end):
        if shape.Match(WHOLE, text, left, right)[0][0] >= 0:
            found = check(text[left:right])
            if found is VALID:
                return left, right, found
    return start, end, evidence


def _shorter(text: bytes, start: int, end: int) -> Iterable[tuple[int, int]]:
    between = b"." if text.find(b"@", start, end) >= 0 else b" "
    right = text.rfind(between, start, end)
    for _ in range(3):
        if right < 0:
            break
        yield start, right
        right = text.rfind(between, start, right)
    left = text.find(b" ", start, end)
    for _ in range(2):
        if left < 0:
            break
        yield left + 1, end
        left = text.find(b" ", left + 1, end)
