from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.triage.attributes import read_attributes
from bot.triage.size import changed_lines, default_sizes, size_of


@dataclass(frozen=True)
class Changed:
    path: str
    additions: int = 10
    deletions: int = 1


def test_lines_that_do_not_count_are_left_out_of_the_sum() -> None:
    changed = [Changed("src/a.py"), Changed("uv.lock", 5_000), Changed("b.py", 1, 2)]
    assert changed_lines(changed) == 14
    assert changed_lines(changed, read_attributes({".gitattributes": "src/** linguist-generated"})) == 3
    assert changed_lines([]) == 0


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        (0, "XS"),
        (9, "XS"),
        (10, "S"),
        (29, "S"),
        (30, "M"),
        (100, "L"),
        (500, "XL"),
        (999, "XL"),
        (1000, "XXL"),
    ],
)
def test_a_size_begins_where_prow_lets_it_begin(lines: int, size: str) -> None:
    assert size_of(lines) == size


def test_sizes_can_be_the_repositorys_own() -> None:
    sizes = {"big": 50, "small": 5}
    assert [size_of(lines, sizes) for lines in (0, 5, 50)] == ["small", "small", "big"]
    assert sorted(default_sizes().values()) == [0, 10, 30, 100, 500, 1000]
