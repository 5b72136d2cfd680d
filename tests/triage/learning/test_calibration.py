from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning.calibration import (
    lower_bound,
    probability,
    sigmoid,
    temperatures,
    threshold,
    together,
)

CHANCE = np.random.default_rng(0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_what_is_surely_reached_is_below_what_was_seen(right: int, wrong: int) -> None:
    of = right + wrong
    assert 0 <= lower_bound(right, of) <= (right / of if of else 0) + 1e-12


def test_more_issues_make_surer() -> None:
    assert lower_bound(10, 10) < lower_bound(100, 100) < 1
    assert lower_bound(10, 10) < 0.95 < lower_bound(100, 100)


def test_the_threshold_is_the_lowest_that_reaches_the_precision() -> None:
    scores = np.linspace(0, 1, 20_000)
    right = scores > 0.4
    found = threshold(scores, right, 0.95)
    assert found is not None
    assert 0.35 < found <= 0.4
    assert right[scores >= found].mean() >= 0.95


def test_few_answers_give_no_threshold_however_right() -> None:
    assert threshold(np.full(10, 0.9), np.ones(10, dtype=bool), 0.95) is None


def test_equal_scores_stand_or_fall_together() -> None:
    scores = np.array([0.99] * 500 + [0.5] * 500)
    right = np.array([True] * 500 + [True, False] * 250)
    assert threshold(scores, right, 0.95) == 0.99


def test_what_was_seen_outweighs_boasting_probabilities() -> None:
    right = np.array([True, True, True, False] * 100)
    assert threshold(np.full(400, 0.999), right, 0.95) is None


def test_no_scores_give_no_threshold() -> None:
    assert threshold(np.zeros(0), np.zeros(0, dtype=bool), 0.95) is None


def test_boasting_scores_are_calmed() -> None:
    truth = CHANCE.integers(0, 3, 3_000)
    scores = CHANCE.normal(size=(3_000, 3))
    scores[np.arange(3_000), truth] += 1
    factors = temperatures((scores * 10,), truth)
    chance = together((scores * 10,), factors)
    assert chance.max(axis=1).mean() == pytest.approx((chance.argmax(axis=1) == truth).mean(), abs=0.03)


def test_probabilities_of_a_label_are_its_frequencies() -> None:
    scores = CHANCE.normal(size=4_000)
    has = CHANCE.random(4_000) < 1 / (1 + np.exp(-(3 * scores - 1)))
    slope, offset = sigmoid(scores, has)
    chance = probability(scores, slope, offset)
    assert chance.mean() == pytest.approx(has.mean(), abs=0.01)
    assert has[chance > 0.9].mean() > 0.9


@pytest.mark.parametrize("has", [True, False])
def test_one_sided_history_is_calibrated_too(has: bool) -> None:
    slope, offset = sigmoid(np.zeros(5), np.full(5, has))
    assert np.isfinite([slope, offset]).all()
