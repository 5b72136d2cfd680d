from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.learning import features
from bot.triage.learning.features import choose_columns, count, weigh
from bot.triage.learning.text import take_apart
from tests.triage.learning.histories import history

TEXTS = [take_apart(issue.title, issue.body) for issue in history(60)]


def test_an_issue_has_the_same_features_alone_and_among_others() -> None:
    columns = choose_columns([count(TEXTS)])
    alone = weigh(count(TEXTS[:1]), columns).toarray()
    among = weigh(count(TEXTS), columns).toarray()[:1]
    np.testing.assert_allclose(alone, among, rtol=1e-6)


def test_columns_of_parts_are_those_of_the_whole() -> None:
    parts = choose_columns([count(TEXTS[:25]), count(TEXTS[25:])])
    whole = choose_columns([count(TEXTS)])
    np.testing.assert_array_equal(parts.kept, whole.kept)
    np.testing.assert_array_equal(parts.rarity, whole.rarity)


def test_what_one_issue_alone_has_does_not_count() -> None:
    columns = choose_columns([count(TEXTS)])
    strange = count([take_apart("Xyzzy plugh", "frobnicate")])
    known = np.isin(strange.hashed.indices, columns.kept)
    assert known.mean() < 0.2


def test_a_block_keeps_its_commonest_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    every = choose_columns([count(TEXTS)])
    monkeypatch.setattr(features, "MAX_COLUMNS", 20)
    some = choose_columns([count(TEXTS)])
    assert len(some.kept) <= 20 * len(features.BLOCKS) < len(every.kept)
    assert np.isin(some.kept, every.kept).all()
    assert (np.diff(some.kept) > 0).all()


@given(st.text(max_size=300), st.text(max_size=2_000))
def test_any_text_gives_finite_numbers_of_bounded_length(title: str, body: str) -> None:
    columns = choose_columns([count(TEXTS)])
    row = weigh(count([take_apart(title, body)]), columns).toarray()
    assert np.isfinite(row).all()
    assert np.abs(row).max() <= sum(features.BLOCKS.values())
