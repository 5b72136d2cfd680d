from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.cards.thinning import MAX_ENTRIES, MAX_ROWS, TrainingLog, thinned


def logged(*entries: object) -> list[tuple[str, dict[str, int | float]]]:
    log = TrainingLog()
    for index, entry in enumerate(entries):
        log.add(index, entry)
    return list(log.rows())


@given(st.integers(1, 5_000))
def test_a_log_of_any_length_is_thinned_evenly_and_keeps_both_ends(count: int) -> None:
    rows = logged(*({"step": step, "loss": 0.5} for step in range(count)))
    steps = [row["step"] for _, row in rows]
    assert len(steps) == min(count, MAX_ROWS)
    assert (steps[0], steps[-1]) == (0, count - 1)
    gaps = [after - before for before, after in pairwise(steps)]
    assert not gaps or max(gaps) <= 2 * count / MAX_ROWS + 1


def test_loss_and_evaluation_of_a_step_become_one_row() -> None:
    rows = logged(
        {"step": 1, "loss": 2.0}, {"step": 1, "eval_loss": 1.5, "eval_f1": 0.5}, {"step": 2, "loss": 1}
    )
    assert rows == [
        ("0,1", {"step": 1, "loss": 2.0, "eval_loss": 1.5, "eval_f1": 0.5}),
        ("2", {"step": 2, "loss": 1}),
    ]


def test_the_best_model_measured_at_the_end_does_not_stand_in_for_the_last_step() -> None:
    [(places, row)] = logged({"step": 9, "eval_loss": 1.5}, {"step": 9, "eval_loss": 1.2})
    assert (places, row["eval_loss"]) == ("0,1", 1.5)


def test_how_long_an_evaluation_took_and_what_is_no_number_are_left_out() -> None:
    entry = {
        "step": 1,
        "loss": "2",
        "eval_loss": True,
        "eval_f1": 0.5,
        "eval_runtime": 3.0,
        "eval_samples_per_second": 7,
    }
    assert logged(entry) == [("0", {"step": 1, "eval_f1": 0.5})]


def test_entries_without_a_step_or_a_measurement_are_no_rows() -> None:
    assert (
        logged(None, [], {"loss": 1}, {"step": 1}, {"step": True, "loss": 1}, {"step": 1, "train_loss": 2})
        == []
    )


def test_few_rows_stay_as_they_are() -> None:
    assert thinned([1, 2, 3]) == [1, 2, 3]
    assert thinned(list(range(100)))[::19] == [0, 99]


ENTRY = st.sampled_from(
    [
        {"loss": 0.5, "grad_norm": 2.0},
        {"loss": 2},
        {"loss": None, "note": "}, {"},
        {"eval_loss": 0.25, "eval_runtime": 3.0},
        {"train_runtime": 12.5},
        {"loss": "low"},
        {},
    ]
)


@given(
    st.lists(st.tuples(st.integers(0, 2), ENTRY, st.integers(1, 40)), max_size=60),
    st.integers(1, 200),
    st.sampled_from([None, 1]),
)
def test_many_entries_at_once_give_the_rows_that_one_after_the_other_gives(
    parts: list[tuple[int, dict[str, object], int]], at_once: int, indent: int | None
) -> None:
    step, entries = 0, list[dict[str, object]]()
    for later, entry, times in parts:
        for _ in range(times):
            step += later
            entries.append({"step": step, **entry})
    log = TrainingLog()
    for start in range(0, len(entries), at_once):
        some = entries[start : start + at_once]
        assert log.add_many(start, json.dumps(some, indent=indent).encode()) == len(some)
    assert list(log.rows()) == logged(*entries)


def test_what_is_no_array_of_entries_is_left_to_who_asked() -> None:
    log = TrainingLog()
    given = [
        "",
        "[",
        "[]",
        '[{"step": 1, "loss": NaN}]',
        '[{"step": 1, "loss": 2}, ]',
        '{"step": 1, "loss": 2}',
    ]
    assert [log.add_many(0, array.encode()) for array in given] == [0] * len(given)
    assert not list(log.rows())


def test_a_step_that_never_ends_takes_no_more_than_its_first_entries() -> None:
    entries = [{"step": 1, "loss": 0.5, f"eval_{number}": 1.0} for number in range(1_000)]
    [(places, row)] = logged(*entries)
    log = TrainingLog()
    log.add_many(0, json.dumps(entries).encode())
    assert list(log.rows()) == [(places, row)]
    assert len(places.split(",")) == len(row) - 2 == MAX_ENTRIES
