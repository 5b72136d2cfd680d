from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from tests.field import promises
from tests.field.promises import Promise
from tests.field.table import PAGE, TOP, Row, page, rows

_TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


@cache
def names() -> Counter[str]:
    """How often each name of a test stands in the project."""
    files = (TOP / "tests").rglob("test_*.py")
    return Counter(name for file in files for name in _TEST.findall(file.read_text("utf-8")))


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.what))
def test_what_others_do_is_held_by_tests_or_left_out_for_a_reason(row: Row) -> None:
    assert row.left_out or (row.giveback and row.tests)
    assert bool(row.giveback) <= bool(row.tests)
    assert [name for name in row.tests if names()[name] != 1] == []


def test_nothing_is_in_the_table_twice() -> None:
    assert len({row.what for row in rows()}) == len(rows())


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.field`"


KEPT = (*promises.promises().impossible, *promises.promises().complaints)


@pytest.mark.parametrize("promise", KEPT, ids=lambda promise: str(promise.what))
def test_what_must_never_happen_is_held_by_tests_or_left_out_for_a_reason(promise: Promise) -> None:
    assert bool(promise.left_out) != bool(promise.kept and promise.tests)
    assert [name for name in promise.tests if names()[name] != 1] == []


def test_the_page_of_promises_says_what_their_table_says() -> None:
    assert promises.PAGE.read_text("utf-8") == promises.page(), "run `python -m tests.field`"
