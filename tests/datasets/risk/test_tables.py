from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from bot.datasets.risk.measures import measure
from bot.datasets.risk.tables import TableError, is_table, open_table, tables_in

SECRET = "Erika-Mustermann"


@pytest.mark.parametrize(
    "content",
    [
        f"a,b\n1,{SECRET}\n2,3,4\n".encode(),
        f"a,b\n1,{SECRET}\n2\n".encode(),
        f'a,b\n1,"{SECRET}\n2,3\n'.encode(),
        f"a,b\n1,{SECRET}\xe9\n".encode("latin-1"),
        f"a,b\r\n1,{SECRET}\n2,3\r\n".encode(),
        b"a,b\n1," + SECRET.encode() * 200_000 + b"\n",
        ",".join(["a"] * 100_000).encode() + b"\n1\n",
        b"",
        b'"a,b\n',
        f"a,{SECRET}@clinic.org\n1,2\n".encode(),
        f"a,1980-01-31,{SECRET}\n1,2,3\n".encode(),
    ],
    ids=[
        "wide row",
        "short row",
        "open quote",
        "not utf-8",
        "mixed line ends",
        "long line",
        "many columns",
        "empty",
        "open header",
        "address as header",
        "day as header",
    ],
)
def test_a_broken_table_is_refused_whole_and_none_of_it_is_repeated(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(TableError) as caught, open_table(path) as table:
        measure(table, ["a"])
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "name", ["people.parquet", "people.json", "people.csv.gz", "people.arrow", "people.sqlite"]
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PAR1" + SECRET.encode())
    with pytest.raises(TableError) as caught, open_table(path) as table:
        measure(table, ["a"])
    assert SECRET not in str(caught.value)


def test_a_column_that_is_there_twice_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,A,b,b\n1,2,3,4\n", encoding="utf-8")
    with open_table(path) as table:
        assert measure(table, ["a"]).k == measure(table, ["A"]).k == 1
        with pytest.raises(TableError, match="more than one"):
            table.sql("b")
        with pytest.raises(TableError, match="no column"):
            table.sql("c")


def test_a_compressed_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbfage\n30\n30\n"))
    with open_table(path) as table:
        assert table.columns == ("age",)
        assert measure(table, ["age"]).k == 2


def test_a_parquet_file_is_read_with_the_types_it_has(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    with duckdb.connect() as database:
        database.execute(
            "COPY (SELECT 30 + i % 2 AS age, DATE '2020-01-01' AS day, i::DOUBLE AS pay "
            f"FROM range(4) AS r (i)) TO '{path}'"
        )
    with open_table(path) as table:
        risk = measure(table, ["age", "day"], ["pay"])
    assert (risk.k, risk.l, risk.sensitive[0].distance) == (2, 2, "ordered")


@pytest.mark.parametrize("name", ["people.arrow", "stream.arrow", "people.jsonl", "people.db"])
def test_what_duckdb_does_not_read_is_measured_as_what_it_does(tmp_path: Path, name: str) -> None:
    rows = pl.DataFrame({"age": [30, 30, 31, 31], "name of": ["a", "b", None, "a"]})
    path = tmp_path / name
    if name == "people.db":
        with closing(sqlite3.connect(path)) as database, database:
            database.execute('CREATE TABLE people (age INTEGER, "name of" TEXT)')
            database.executemany("INSERT INTO people VALUES (?, ?)", rows.iter_rows())
            database.execute("CREATE TABLE visits (age INTEGER)")
    else:
        writers: dict[str, Callable[[Path], object]] = {
            "people.arrow": rows.write_ipc,
            "stream.arrow": rows.write_ipc_stream,
            "people.jsonl": rows.write_ndjson,
        }
        writers[name](path)
    within = "people" if name == "people.db" else ""
    assert is_table(path)
    assert tables_in(path) == (("people", "visits") if within else ("",))
    with open_table(path, within) as table:
        assert table.columns == ("age", "name of")
        risk = measure(table, ["age"], ["name of"])
        assert (risk.k, risk.l, risk.rows) == (2, 2, 4)
        assert [row for some in table.stream(3) for row in some][2][1] is None


def test_a_database_says_which_tables_there_are_to_choose_from(tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE people (age INTEGER)")
        database.execute("CREATE TABLE visits (day TEXT)")
    for within, says in (("", "more than one table; name one of people, visits"), ("x", "no table 'x'")):
        with pytest.raises(TableError, match=says), open_table(path, within):
            pass
    with pytest.raises(TableError, match="no rows"), open_table(path, "people"):
        pass
    (tmp_path / "thumbs.db").write_bytes(b"other")
    assert not is_table(tmp_path / "thumbs.db")


def test_other_kinds_of_files_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    for path in (tmp_path / "model.bin", tmp_path / "missing.csv"):
        with pytest.raises(TableError), open_table(path):
            pass


def test_the_header_is_the_first_line_whichever_thread_reads_first(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 7},{'x' * 1_000}\n" for row in range(20_000))
    (tmp_path / "a.csv").write_text(f"number,week,note\n{rows}", encoding="utf-8")
    for _ in range(10):
        with open_table(tmp_path / "a.csv") as table:
            assert table.columns == ("number", "week", "note")
