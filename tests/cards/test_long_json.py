from __future__ import annotations

import json
import math
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import long_json
from bot.cards.artifacts import CannotRead
from bot.cards.long_json import read_around

VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
ENTRY = st.dictionaries(st.sampled_from(["step", "loss", "},", "a"]), VALUE, max_size=4) | VALUE


def read(folder: Path, content: str | bytes, limit: int = 10**9) -> tuple[list[Any], dict[str, Any]]:
    file = folder / "state.json"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    taken: list[Any] = []

    def take(index: int, entry: Any) -> None:
        assert index == len(taken)
        taken.append(entry)

    return taken, read_around(file, limit, "log", take)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ENTRY, max_size=12),
    st.dictionaries(st.sampled_from(["a", "z", "}"]), VALUE),
    st.sampled_from([None, 2]),
    st.integers(1, 40),
)
def test_wherever_the_window_ends_an_object_is_read_as_json_reads_it(
    tmp_path: Path, log: list[Any], rest: dict[str, Any], indent: int | None, window: int
) -> None:
    content = json.dumps({"before": 12, **rest, "log": log, "last": -1.5e-7}, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_json, "_CHUNK", window)
        assert read(tmp_path, content) == (log, {"before": 12, **rest, "last": -1.5e-7})


def test_what_a_diverged_run_logs_is_read_although_it_is_no_json(tmp_path: Path) -> None:
    log, _ = read(tmp_path, '{"log": [{"loss": NaN}, {"loss": 1.5}, {"loss": -Infinity}]}')
    assert math.isnan(log[0]["loss"])
    assert log[1:] == [{"loss": 1.5}, {"loss": -math.inf}]


def test_a_list_under_the_same_key_further_down_is_an_ordinary_value(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": {"log": [1]}, "log": [2]}') == ([2], {"a": {"log": [1]}})
    assert read(tmp_path, '{"log": {"log": [1]}}') == ([], {"log": {"log": [1]}})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not hold a JSON object"),
        ("[1]", "not hold a JSON object"),
        ("{", "not valid JSON"),
        ('{"log": [1, 2', "not valid JSON"),
        ('{"log": [1 2]}', "not valid JSON"),
        ('{"log": [1,]}', "not valid JSON"),
        ('{"log": [1], }', "not valid JSON"),
        ('{"log": [1]} {}', "goes on after"),
        ('{"log": [1], "log": [2]}', "given twice"),
        ('{"a": {"b": 1, "b": 2}, "log": [1]}', "given twice"),
        ("{1: 2}", "not valid JSON"),
        ('{"log": [' + "[" * 100_000, "nested too deep"),
        ('{"log": [' + "9" * 5_000 + "]}", "thousands of digits"),
        (b'{"log": ["\xff"]}', "not UTF-8"),
        ('{"log": ["' + "x" * 3_000_000 + '"]}', "over 1000000 bytes"),
    ],
)
def test_a_broken_file_is_named_with_its_reason(tmp_path: Path, content: str | bytes, reason: str) -> None:
    with pytest.raises(CannotRead, match=reason):
        read(tmp_path, content)


def test_a_file_over_the_limit_and_a_list_of_too_many_entries_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotRead, match="larger than 5 bytes"):
        read(tmp_path, '{"a": 1}', limit=5)
    monkeypatch.setattr(long_json, "MAX_ENTRIES", 100)
    with pytest.raises(CannotRead, match="more than 1000 keys"):
        read(tmp_path, json.dumps({str(number): 0 for number in range(1_001)}))
    with pytest.raises(CannotRead, match="more than 100 entries"):
        read(tmp_path, json.dumps({"log": [{}] * 101}))


@pytest.mark.parametrize("loss", ["0.5", "NaN"])
def test_a_long_list_takes_no_more_memory_than_a_short_one(tmp_path: Path, loss: str) -> None:
    file = tmp_path / "state.json"
    file.write_text('{"log": [' + ",\n".join([f'{{"step": 1, "loss": {loss}}}'] * 30_000) + "]}")
    tracemalloc.start()
    try:
        read_around(file, 10**9, "log", lambda index, entry: None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000, f"{peak} bytes for a file of {file.stat().st_size}"
