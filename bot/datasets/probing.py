"""Tell what a column holds by its values alone: check digits that are nearly all right are no chance."""

from __future__ import annotations

from collections.abc import Sequence

from bot.datasets.detection import Detector, Rule
from bot.datasets.kinds.evidence import Evidence
from bot.datasets.linear import WHOLE

CELLS = 100
"""Filled cells at the top of a column that are tried."""
FEWEST = 20
NEARLY_ALL = 0.95
FEW = 0.3
"""Share that may pass with the last digit changed; a check that lets more pass tells nothing by itself."""


def kinds_that_fit(detector: Detector, cells: Sequence[str]) -> frozenset[int]:
    """Say which kinds, by their place among the detector's, the cells of a column are."""
    values = [cell.strip().encode("utf-8", "replace") for cell in cells if cell.strip()][:CELLS]
    if len(values) < FEWEST or not values[0][-1:].isdigit():
        return frozenset()
    changed = [_with_another_digit(value) for value in values]
    return frozenset(
        place
        for place, rule in enumerate(detector.rules)
        if rule.check
        and _passes(rule, values[0]) + _passes(rule, values[1])
        and _share(rule, values) >= NEARLY_ALL
        and _share(rule, changed) <= FEW
    )


def _share(rule: Rule, values: Sequence[bytes]) -> float:
    return sum(_passes(rule, value) for value in values) / len(values)


def _passes(rule: Rule, value: bytes) -> bool:
    has_shape = rule.shape.Match(WHOLE, value, 0, len(value))[0][0] >= 0
    return bool(has_shape and rule.check and rule.check(value) is Evidence.VALID)


def _with_another_digit(value: bytes) -> bytes:
    last = value[-1:]
    return value[:-1] + b"%d" % ((int(last) + 1) % 10) if last.isdigit() else value
