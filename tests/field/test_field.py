from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.field.table import PAGE, TOP, Row, page, rows


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of a file's tests, read without running it."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        one.name for one in ast.parse(path.read_text("utf-8")).body if isinstance(one, functions)
    )


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.what))
def test_what_others_do_is_held_by_tests_or_left_out_for_a_reason(row: Row) -> None:
    assert row.left_out or (row.giveback and row.tests)
    assert bool(row.giveback) <= bool(row.tests)
    for one in row.tests:
        path, _, name = one.partition("::")
        assert name in names_in(TOP / path), one


def test_nothing_is_in_the_table_twice() -> None:
    assert len({row.what for row in rows()}) == len(rows())


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.field`"
