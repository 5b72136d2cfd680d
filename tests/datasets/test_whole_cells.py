from pathlib import Path

import polars as pl
import pytest

from bot.datasets.detection import Detector
from bot.datasets.kinds import Kind
from bot.datasets.whole_cells import whole_cell
from tests.datasets.single import counted, one_file


def own(*patterns: str) -> Detector:
    return Detector([Kind(name="own", title="own", pattern=one, source="made up") for one in patterns])


@pytest.mark.parametrize(
    ("pattern", "cells", "alike"),
    [
        (r"\bx\d{2}\b", ["x12", " x12 ", "x1２", "x123", "an x12"], [True, True, False, False, False]),
        (r"[a-zà-ÿ]\d", ["é1", "e1", "é１"], [True, True, False]),
        (r"a\\b[\w\-]", [r"a\b-", r"a\bé", "a b-"], [True, False, False]),
        (r"[[:alpha:]]{2}", ["ab", "éa"], [True, False]),
    ],
)
def test_cells_are_told_by_polars_as_re2_reads_the_shape(
    pattern: str, cells: list[str], alike: list[bool]
) -> None:
    shape = whole_cell(own(pattern), "own")
    assert shape
    assert pl.Series(cells).str.contains(shape).to_list() == alike


@pytest.mark.parametrize("pattern", ["[a&&b]", "[a[b]c", "[+--]", r"a\C"])
def test_what_polars_reads_otherwise_is_looked_at_cell_by_cell(pattern: str) -> None:
    assert whole_cell(own("x", pattern), "own") is None


def test_a_large_column_of_names_is_a_column(tmp_path: Path) -> None:
    rows = "".join(f"Dr. Jane Roe{chr(97 + row % 26)},{row}\n" for row in range(10_500))
    found = one_file(tmp_path, "a.csv", f"who,n\n{rows}")
    assert found.coverage[0].format == "csv"
    assert counted(found) == {("who", "person_name"): 10_500}
