from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.generalisations import Generalisation

WAYS = (
    Generalisation("band", 5),
    Generalisation("band", 10, 90),
    Generalisation("prefix", 3),
    Generalisation("decimals", 2),
    Generalisation("decimals", 0, 90),
    Generalisation("month"),
    Generalisation("year"),
    Generalisation("hide"),
)
LIKELY = st.one_of(
    st.text(max_size=12),
    st.integers(-(10**16), 10**16).map(str),
    st.decimals(-200, 200, places=4).map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(["", "*", "01234", "-0", "+7", "89.5", "90", "1e5", "nan", "2024-02-31T10:00"]),
)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@given(texts=st.lists(LIKELY, max_size=20))
def test_sql_says_the_same_as_the_function(database: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    texts = [text for text in texts if "\x00" not in text]
    ways = ", ".join(way.sql("c0") for way in WAYS)
    said = database.execute(f"SELECT {ways} FROM (SELECT unnest(?::VARCHAR[]) AS c0)", [texts]).fetchall()
    assert said == [tuple(way.of(text) for way in WAYS) for text in texts]


@pytest.mark.parametrize(
    ("way", "text", "said"),
    [
        (Generalisation("band", 10), "34", "[30, 40)"),
        (Generalisation("band", 10), "-1", "[-10, 0)"),
        (Generalisation("band", 10, 90), "97", "90+"),
        (Generalisation("prefix", 3), "02139", "021*"),
        (Generalisation("decimals", 1), "52.5163", "52.5"),
        (Generalisation("month"), "1980-04-17", "1980-04"),
        (Generalisation("year"), "1980-04-17 08:00", "1980"),
        (Generalisation("hide"), "anything", "*"),
    ],
)
def test_a_value_is_said_less_exactly(way: Generalisation, text: str, said: str) -> None:
    assert way.of(text) == said


def test_a_value_of_another_kind_is_hidden_and_an_empty_one_stays() -> None:
    assert Generalisation("band", 10).of("about 30") == "*"
    assert Generalisation("year").of("17/04/1980") == "*"
    assert Generalisation("year").of("") == ""
