"""Turn scores into probabilities, and find the probability from which enough answers are right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # scipy ships no types
from scipy.special import expit, log_softmax, softmax  # type: ignore[import-untyped]  # as above

CAUTION = 1.64
"""Standard errors that a precision is taken below its estimate: it is higher 19 times in 20."""
BELIEF = 100
"""Issues that the calibrated probabilities themselves count for, beside the held-out issues seen."""
MIN_REACHED = 10
"""Held-out issues that must reach a threshold."""

Numbers = NDArray[np.float64]
Bools = NDArray[np.bool_]


def temperatures(views: Sequence[Numbers], truth: NDArray[np.intp]) -> tuple[float, ...]:
    """Find a factor for each view's scores that together make the softmax of their sum honest.

    The scores of each view are of shape (issues, types).
    """
    rows, scores = np.arange(len(truth)), np.stack(views)

    def surprise(factors: Numbers) -> float:
        together = np.tensordot(np.exp(factors), scores, axes=1)
        return -float(log_softmax(together, axis=1)[rows, truth].mean())

    found = minimize(surprise, np.zeros(len(views)), method="L-BFGS-B", bounds=[(-3.0, 3.0)] * len(views))
    return tuple(map(float, np.exp(found.x)))


def sigmoid(scores: Numbers, positive: Bools) -> tuple[float, float]:
    """Find slope and offset that make the sigmoid of ``slope * scores + offset`` honest (Platt 1999)."""
    wanted = np.where(
        positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2)
    )  # Platt's targets, which keep few examples from being believed too much

    def surprise(parameters: Numbers) -> float:
        line = np.exp(parameters[0]) * scores + parameters[1]
        return float((np.logaddexp(0, line) - wanted * line).mean())

    found = minimize(surprise, np.zeros(2), method="L-BFGS-B", bounds=[(-3.0, 3.0), (-20.0, 20.0)])
    return float(np.exp(found.x[0])), float(found.x[1])


def probability(scores: Numbers, slope: float, offset: float) -> Numbers:
    """Give the probabilities of scores calibrated with :func:`sigmoid`."""
    given: Numbers = expit(slope * scores + offset)
    return given


def together(views: Sequence[Numbers], factors: Sequence[float]) -> Numbers:
    """Give each type's probability, of shape (issues, types), by the factors of :func:`temperatures`."""
    scores = np.tensordot(np.asarray(factors), np.stack(views), axes=1)
    given: Numbers = softmax(scores, axis=-1) if scores.shape[-1] else scores
    return given


def lower_bound(right: int, of: int) -> float:
    """Give the precision that is surely reached, from how many answers were right (Wilson 1927)."""
    if of <= 0:
        return 0.0
    share, square = right / of, CAUTION * CAUTION
    middle = share + square / (2 * of)
    spread = CAUTION * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + square / of))


def threshold(chances: Numbers, right: Bools, asked: float, caution: float = CAUTION) -> float | None:
    """Find the lowest probability from which on the precision is surely as asked; None when there is none.

    ``chances`` are calibrated probabilities of held-out answers, and ``right`` whether they were right.
    The precision from a probability on is estimated from what was seen and, with the weight of
    ``BELIEF`` issues, from the probabilities: on few issues what was seen alone is chance.
    """
    order = np.argsort(-chances, kind="stable")
    sorted_chances, reached = chances[order], np.arange(1, len(order) + 1)
    expected = np.cumsum(sorted_chances) / reached
    estimate = (np.cumsum(right[order]) + BELIEF * expected) / (reached + BELIEF)
    spread = np.sqrt(estimate * (1 - estimate) / (reached + BELIEF + 1))
    last_of_its_chance = np.append(sorted_chances[1:] < sorted_chances[:-1], True)[: len(order)]
    enough = (estimate - caution * spread >= asked) & last_of_its_chance & (reached >= MIN_REACHED)
    return float(sorted_chances[enough][-1]) if enough.any() else None
