import csv
import json
import tempfile
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.cells import detect_in_column, detect_in_series
from bot.datasets.columns import SAMPLE, ColumnScanner, columns_of
from bot.datasets.detection import Detector
from bot.datasets.findings import Tier
from bot.datasets.formats import delimited
from bot.datasets.tally import Tally
from tests.datasets.samples import ADDRESS
from tests.datasets.single import EMAIL, counted, one_file

CELLS = st.text('ab",\n é', max_size=8).filter(str.strip)


def table(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "mail": [
                f"user{row}@acme-corp.com" if row % 50 else f"call +1 415 555 {row % 9000 + 1000}"
                for row in range(rows)
            ],
            "text": [f"nothing to see in row {row} of this table" for row in range(rows)],
            "rare": ["x" if row != rows - 1 else ADDRESS for row in range(rows)],
        }
    )


def scan_columns(
    frame: pl.DataFrame, detector: Detector, size: int, sample: int
) -> tuple[Tally, list[object]]:
    tally = Tally("a.csv")
    scanner = ColumnScanner(detector, tally, sample=sample)
    for start in range(0, len(frame), size):
        batch = frame[start : start + size]
        for name in batch.columns:
            scanner.add(name, batch[name], range(start + 1, start + len(batch) + 1))
    scanner.finish()
    columns: list[object] = list(columns_of(tally, detector))
    return tally, columns


def test_every_row_of_a_large_table_is_counted(detector: Detector) -> None:
    tally, _ = scan_columns(table(5_000), detector, 999, sample=1_000)
    assert tally.counts["mail", EMAIL, Tier.VERIFIED] == 4_900
    assert tally.counts["mail", "phone_number", Tier.VERIFIED] == 100
    assert tally.counts["rare", EMAIL, Tier.VERIFIED] == 1
    assert tally.columns["mail"].filled == 5_000
    assert SAMPLE >= 1_000


@given(size=st.integers(1, 700), sample=st.integers(60, 200))
def test_columns_are_the_same_for_any_size_of_batches(detector: Detector, size: int, sample: int) -> None:
    frame = table(400)
    once, columns = scan_columns(frame, detector, 400, sample)
    again, others = scan_columns(frame, detector, size, sample)
    assert (columns, once.counts) == (others, again.counts)


def test_a_column_is_what_its_check_digits_say_whatever_it_is_called(detector: Detector) -> None:
    pesels = [
        f"{year:02}0{month}{day:02}{number}"
        for year in range(60, 90)
        for month, day, number in ((3, 7, 1234),)
    ]
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    whole = [one + str(-sum(int(a) * b for a, b in zip(one, weights, strict=True)) % 10) for one in pesels]
    frame = pl.DataFrame(
        {
            "key": whole,
            "other": [str(int(one) + 3) for one in whole],
            "n": [f"4155552{row:03}" for row in range(30)],
        }
    )
    tally, _ = scan_columns(frame, detector, 7, sample=1_000)
    assert tally.counts["key", "pl_pesel", Tier.VERIFIED] == 30
    assert {column for column, _, _ in tally.counts} == {"key"}


def test_a_table_without_a_header_does_not_show_its_first_row_as_names(tmp_path: Path) -> None:
    found = one_file(tmp_path, "a.csv", f"{ADDRESS},7\nbob@acme-corp.com,8\n")
    assert counted(found) == {("column 1", EMAIL): 2}
    assert [one.name for one in found.columns] == ["column 1", "column 2"]
    assert [one.row for one in found.findings] == [1, 0]


@pytest.mark.parametrize(
    "rows",
    [
        "Jane,Roe,Springfield,34\nJohn,Doe,Shelbyville,51\nAbe,Major,Springfield,29\n",
        "Roe,diabetes\nDoe,asthma\nMajor,diabetes\n",
        "Roe,Oslo,1951\nDoe,Ulm,1948\n",
    ],
)
def test_a_first_row_that_stands_among_the_others_is_one_of_values(tmp_path: Path, rows: str) -> None:
    said = json.dumps(one_file(tmp_path, "a.csv", rows).as_dict())
    assert not any(value in said for value in ("Jane", "Roe", "Springfield", "diabetes", "Oslo", "1951"))


@pytest.mark.parametrize("header", ["name,2019,2020,2021", "name,0,1,2", "last name,town,born in,sex"])
def test_years_and_counts_may_name_columns(tmp_path: Path, header: str) -> None:
    found = one_file(tmp_path, "a.csv", f"{header}\nRoe,1,2,3\nDoe,5,6,8\n")
    assert [one.name for one in found.columns] == header.split(",")


@pytest.mark.parametrize("separator", [";", "|", "\t"])
def test_a_table_is_cut_by_what_stands_most_often_in_its_first_line(tmp_path: Path, separator: str) -> None:
    rows = (("who", "mail", "note"), ("a", ADDRESS, "1,5"), ("b", ADDRESS, "2,7"))
    found = one_file(tmp_path, "a.csv", "".join(separator.join(row) + "\n" for row in rows))
    assert counted(found) == {("mail", EMAIL): 2}
    assert [one.name for one in found.columns] == list(rows[0])


def test_values_that_come_again_and_again_are_found_in_every_row(detector: Detector) -> None:
    cells = pl.Series(["x", ADDRESS, f"to {ADDRESS} and {ADDRESS}", "", ADDRESS] * 200)
    assert list(detect_in_column(detector, cells)) == list(detect_in_series(detector, cells))


def test_columns_called_after_people_ask_for_a_person(tmp_path: Path) -> None:
    found = one_file(
        tmp_path, "a.csv", "last_name,city,visited\nRoe,Oslo,2024-01-02\nMuster,Ulm,2024-02-03\n"
    )
    assert {one.name: one.kind for one in found.columns} == {
        "last_name": "person_name",
        "city": None,
        "visited": "date",
    }
    assert found.columns[0].possible == {"person_name": 2}
    assert not found.total(Tier.VERIFIED)


@pytest.mark.parametrize("size", [3, 11, 40])
def test_a_table_is_the_same_read_in_blocks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    rows = ['"a\n""b"" é",1\n', ",\n", '"\n\n",x\n', f"{ADDRESS},\n", '"c",""\n'] * 3
    (tmp_path / "a.csv").write_text("who,what\n" + "".join(rows), encoding="utf-8")
    whole = pl.concat(delimited.read_delimited(tmp_path / "a.csv", ","))
    monkeypatch.setattr(delimited, "BLOCK", size)
    assert pl.concat(delimited.read_delimited(tmp_path / "a.csv", ",")).equals(whole)
    assert len(whole) == len(rows)
    monkeypatch.setattr(delimited, "LONGEST_IN_BLOCK", 10)
    (tmp_path / "c.csv").write_text(f"who,what\n{'1,' * 30}\n", encoding="utf-8")
    with pytest.raises(delimited.NoTable):
        list(delimited.read_delimited(tmp_path / "c.csv", ","))
    monkeypatch.setattr(delimited, "LONGEST_ROW", 20)
    (tmp_path / "b.csv").write_text('who,what\n"never closed\n' + "x,1\n" * 20, encoding="utf-8")
    with pytest.raises(delimited.NoTable):
        list(delimited.read_delimited(tmp_path / "b.csv", ","))


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30),
    block=st.integers(8, 80),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_blocks_of_a_table_are_of_whole_rows_whatever_is_in_its_cells(
    detector: Detector, rows: list[tuple[str, str]], block: int, quoting: Literal[0, 1]
) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=quoting, lineterminator="\n").writerows([("who", "what"), *rows])
        file.flush()
        path = Path(file.name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delimited, "BLOCK", block)
            blocks = list(delimited.blocks_of_rows(path, ","))
            read = pl.concat(delimited.read_delimited(path, ","))
        assert [start for start, _ in blocks] == [0, *(stop for _, stop in blocks[:-1])]
        assert blocks[-1][1] == path.stat().st_size
    assert read.rows() == rows


def test_a_table_wider_than_memory_is_scanned_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MOST_COLUMNS", 10)
    found = one_file(tmp_path, "a.csv", ",".join("abcdefghijklmnop") + f"\n1,{ADDRESS}\n")
    assert found.coverage[0].format == "text"
    assert counted(found) == {(None, EMAIL): 1}


def test_every_row_is_counted_where_no_place_is_listed_any_more(detector: Detector) -> None:
    cells = pl.Series(["30", "95", ADDRESS, f"{ADDRESS}, {ADDRESS}", ""] * 200)
    tallies = [Tally("a.csv", listed=listed) for listed in (5_000, 0)]
    for tally in tallies:
        scanner = ColumnScanner(detector, tally, sample=0)
        scanner.add("age", cells.alias("cells"), range(1, len(cells) + 1))
        scanner.finish()
    assert tallies[0].counts == tallies[1].counts
    assert tallies[0].columns == tallies[1].columns
    assert tallies[1].counts["age", "age_over_89", Tier.VERIFIED] == 200
    assert tallies[1].counts["age", EMAIL, Tier.VERIFIED] == 600
