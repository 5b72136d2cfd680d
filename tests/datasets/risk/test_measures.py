from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.datasets.risk.measures import measure
from bot.datasets.risk.tables import TableError, open_table
from tests.datasets.risk.compare import KEPT, figures, same
from tests.datasets.risk.random_tables import random_table


def table_of(tmp_path: Path, text: str, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_k_l_and_t_are_those_of_pycanon(tmp_path: Path) -> None:
    """The figures were given by pycanon; ``make pycanon`` compares many more."""
    for seed, theirs in enumerate(json.loads(KEPT.read_text(encoding="utf-8"))):
        table = random_table(seed)
        ours = figures(table.write(tmp_path / "table.csv"), table.quasi, table.sensitive)
        assert same(ours, theirs), seed


def test_rows_that_are_the_only_one_of_their_kind_are_counted(tmp_path: Path) -> None:
    path = table_of(tmp_path, "age,zip\n30,01234\n30,01234\n41,01234\n30,1234\n")
    with open_table(path) as table:
        risk = measure(table, ["age", "zip"])
    assert (risk.k, risk.classes, risk.unique_rows, risk.unique_share) == (1, 3, 2, 0.5)
    assert risk.rows_below(2) == 2
    assert risk.rows_below(3) == 4


def test_a_missing_value_is_a_value(tmp_path: Path) -> None:
    with open_table(table_of(tmp_path, "age,illness\n,flu\n,\n30,flu\n30,\n")) as table:
        risk = measure(table, ["age"], ["illness"])
    assert (risk.k, risk.l) == (2, 2)
    assert risk.sensitive[0].distance == "equal"


def test_one_value_for_all_has_no_distance(tmp_path: Path) -> None:
    with open_table(table_of(tmp_path, "age,pay\n30,5\n31,5.0\n")) as table:
        risk = measure(table, ["age"], ["pay"])
    assert (risk.l, risk.t) == (1, 0.0)


def test_a_table_without_rows_has_no_k(tmp_path: Path) -> None:
    with open_table(table_of(tmp_path, "age,pay\n")) as table:
        risk = measure(table, ["age"], ["pay"])
    assert (risk.rows, risk.k, risk.l, risk.t, risk.unique_share) == (0, 0, 0, 0.0, 0.0)


def test_a_column_is_not_sensitive_and_a_quasi_identifier_at_once(tmp_path: Path) -> None:
    with open_table(table_of(tmp_path, "a,b\n1,2\n")) as table, pytest.raises(TableError, match="at once"):
        measure(table, ["a"], ["a"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.jsonl", '{"value": "1", "m": "a", "n": 3}\n{"value": "1", "m": "b", "n": 4}\n'),
        ("x.json", '[{"value": "1", "m": "a", "n": 3}, {"value": "1", "m": "b", "n": 4}]'),
        ("x.tsv", "value\tm\tn\n1\ta\t3\n1\tb\t4\n"),
        ("x;1*[a].csv", "value;m;n\n1;a;3\n1;b;4\n"),
    ],
)
def test_names_of_columns_and_files_mean_nothing_in_sql(tmp_path: Path, name: str, text: str) -> None:
    with open_table(table_of(tmp_path, text, name)) as table:
        risk = measure(table, ["value"], ["m", "n"])
    assert (risk.k, risk.l) == (2, 2)
    assert [one.distance for one in risk.sensitive] == ["equal", "ordered"]
