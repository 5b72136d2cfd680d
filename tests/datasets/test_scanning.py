import csv
import json
from pathlib import Path

import polars as pl
import pytest

from bot.datasets.columns import ColumnScanner, columns_of
from bot.datasets.detection import Detector
from bot.datasets.findings import Scan, Tier
from bot.datasets.formats import delimited
from bot.datasets.parts import cut, scan_part, together
from bot.datasets.scanning import scan
from bot.datasets.tally import ColumnState, Tally
from tests.datasets.samples import ADDRESS, PARTLY, SAMPLES, TEXT, picture
from tests.datasets.single import EMAIL, counted, one_file


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    for name, write in (SAMPLES | PARTLY).items():
        write(folder / name)
    return folder


@pytest.fixture(scope="module")
def scanned(samples: Path) -> Scan:
    return scan([samples], root=samples)


@pytest.mark.parametrize("name", [*SAMPLES, *PARTLY])
def test_an_address_is_found_in_every_format(scanned: Scan, name: str) -> None:
    found = [one for one in scanned.counts if one.file.partition("!/")[0] == name and one.kind == EMAIL]
    assert [one.tier for one in found] == [Tier.VERIFIED]


def test_what_was_not_scanned_is_told_and_nothing_else(scanned: Scan) -> None:
    assert [one.file for one in scanned.coverage if one.not_scanned] == list(PARTLY)
    assert not scanned.complete


def test_no_value_leaves_the_scan(scanned: Scan) -> None:
    said = json.dumps(scanned.as_dict()) + repr(scanned)
    assert ADDRESS not in repr(Tally("a.csv", columns={ADDRESS: ColumnState("***")}))
    assert not any(part in said for part in (ADDRESS, "jane", "Jane", "acme-corp"))


def test_places_point_at_the_value(scanned: Scan) -> None:
    (one,) = (one for one in scanned.findings if one.file == "a.md")
    assert (one.line, one.row) == (3, None)
    assert f"# About\n\n{TEXT}"[one.start : one.end] == ADDRESS
    (cell,) = (one for one in scanned.findings if one.file == "a.csv")
    assert (cell.line, cell.row, cell.column, cell.start, cell.end) == (None, 1, "mail", 0, len(ADDRESS))
    assert cell.as_dict().keys() == {"kind", "tier", "file", "row", "column", "start", "end", "score"}


def test_pictures_say_where_and_by_whom_they_were_taken(tmp_path: Path) -> None:
    kinds = {"file_author", "file_location", "device_serial_number"}
    assert {one.kind for one in one_file(tmp_path, "a.jpg", picture()).counts} == kinds
    assert {one.kind for one in one_file(tmp_path, "a.png", picture("PNG")).counts} == kinds
    assert {one.kind for one in one_file(tmp_path, "a.tiff", picture("TIFF")).counts} == {"file_author"}
    pl.DataFrame({"image": [{"bytes": picture(), "path": "x.jpg"}]}).write_parquet(tmp_path / "a.parquet")
    found = scan([tmp_path / "a.parquet"])
    assert {one.kind for one in found.counts} == kinds
    assert found.complete


def test_keys_and_names_of_files_are_looked_at_too(tmp_path: Path) -> None:
    assert counted(one_file(tmp_path, "a.json", json.dumps({"by": {ADDRESS: 1}}))) == {("***", EMAIL): 1}
    found = one_file(tmp_path, f"{ADDRESS} notes", "nothing")
    assert counted(found) == {("(file name)", EMAIL): 1}
    assert found.coverage[0].file == "*** notes"


def test_annotators_are_named_by_the_key_that_label_studio_keeps_them_at(tmp_path: Path) -> None:
    tasks = [{"id": number, "annotations": [{"completed_by": 3, "result": []}]} for number in range(3)]
    found = one_file(tmp_path, "export.json", json.dumps(tasks))
    assert counted(found) == {("annotations[].completed_by", "annotator"): 3}


def test_validation_results_of_great_expectations_are_read_and_scanned(tmp_path: Path) -> None:
    results = [
        {"success": True, "expectation_config": {"type": "expect_column_to_exist"}, "result": {}},
        {
            "success": False,
            "expectation_config": {"type": "expect_column_values_to_be_unique"},
            "result": {"partial_unexpected_list": [ADDRESS]},
        },
    ]
    validation = {"success": False, "results": results, "statistics": {}}
    checkpoint = {"run_results": {"first": {"validation_result": validation}, "second": validation}}
    (tmp_path / "b.json").write_text(json.dumps(checkpoint))
    found = one_file(tmp_path, "a.json", json.dumps(validation))
    assert [(one.expectations, one.met) for one in found.quality] == [(2, 1)]
    assert sum(one.count for one in found.counts if one.kind == EMAIL) == 1
    assert [(one.expectations, one.met) for one in scan([tmp_path / "b.json"]).quality] == [(4, 2)]
    assert not one_file(tmp_path, "c.json", '{"success": true, "results": [1]}').quality


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.tsv"])
def test_parts_of_a_file_give_what_the_whole_gives(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    in_small_blocks(monkeypatch)
    path = write_rows(tmp_path / name, 600)
    whole = scan([path], root=tmp_path)
    parts = cut(path, name, name, detector, size=1_000)
    assert parts is not None
    left = list(parts.left)
    assert len(left) > 3
    tally = Tally(name)
    *_, (rows, read) = together(
        tally, [*parts.begun, *(scan_part(part, name, detector, tally.room) for part in left)]
    )
    assert (rows, read) == (whole.coverage[0].rows, path.stat().st_size)
    assert tuple(columns_of(tally, detector)) == whole.columns
    assert tuple(tally.in_order()) == whole.counts
    assert tuple(tally.findings) == whole.findings


def in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tables in blocks of some fifty rows, of which 250 are the sample."""
    monkeypatch.setattr("bot.datasets.table_parts.SAMPLE", 250)
    monkeypatch.setattr(ColumnScanner.__init__, "__defaults__", (True, 250, True, None))
    monkeypatch.setattr(delimited, "BLOCK", 5_000)


def write_rows(path: Path, number: int) -> Path:
    """Write lines, or rows of three columns with line ends and quotes in their cells."""
    rows = [
        (
            f"é row {row} mail u{row}@acme-corp.com\nPhone:\n415 555 {row + 1000}\n",
            "Roe",
            f"u{row}@acme-corp.com",
        )
        for row in range(number)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix in (".csv", ".tsv"):
            table = csv.writer(file, delimiter="," if path.suffix == ".csv" else "\t", lineterminator="\n")
            table.writerows([("text", "last_name", "mail"), *rows, ('say "so",\n', "", "no mail")])
        elif path.suffix == ".jsonl":
            file.writelines(json.dumps({"text": row[0], "last_name": row[1]}) + "\n" for row in rows)
        else:
            file.writelines(row[0] for row in rows)
    return path


def test_two_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(tmp_path / "a.txt", 2_000)
    write_rows(tmp_path / "b.csv", 2_000)
    in_small_blocks(monkeypatch)
    monkeypatch.setattr("bot.datasets.scanning.WORTH_IT", 1)
    monkeypatch.setattr("bot.datasets.parts.cut.__defaults__", (8_000,))
    told: list[tuple[int, int]] = []
    two = scan(
        [tmp_path], root=tmp_path, processes=2, progress=lambda done, total: told.append((done, total))
    )
    assert two == scan([tmp_path], root=tmp_path, processes=1)
    assert len(told) > 10
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_a_table_that_is_irregular_further_down_is_read_row_by_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_rows(tmp_path / "a.csv", 600)
    with path.open("a") as file:
        file.write(f"one,two,three,{ADDRESS}\n")
    in_small_blocks(monkeypatch)
    monkeypatch.setattr("bot.datasets.parts.cut.__defaults__", (8_000,))
    found = scan([path], root=tmp_path)
    assert (found.coverage[0].format, found.coverage[0].rows) == ("csv", 602)
    assert counted(found)["column 4", EMAIL] == 1
