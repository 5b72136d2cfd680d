import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets import parts
from bot.datasets.columns import SAMPLE, ColumnScanner, columns_of
from bot.datasets.detection import Detector
from bot.datasets.findings import Scan, Tier
from bot.datasets.formats import archives, delimited, json_files
from bot.datasets.formats.text import scan_text
from bot.datasets.scanning import scan
from bot.datasets.tally import ColumnState, Tally
from tests.datasets.samples import ADDRESS, PARTLY, SAMPLES, TEXT, picture

EMAIL = "email_address"


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


def one_file(tmp_path: Path, name: str, content: bytes | str) -> Scan:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return scan([tmp_path / name], root=tmp_path)


def counted(found: Scan) -> dict[tuple[str | None, str], int]:
    return {(one.column, one.kind): one.count for one in found.counts}


def test_pictures_say_where_and_by_whom_they_were_taken(tmp_path: Path) -> None:
    kinds = {"file_author", "file_location", "device_serial_number"}
    assert {one.kind for one in one_file(tmp_path, "a.jpg", picture()).counts} == kinds
    assert {one.kind for one in one_file(tmp_path, "a.png", picture("PNG")).counts} == kinds
    assert {one.kind for one in one_file(tmp_path, "a.tiff", picture("TIFF")).counts} == {"file_author"}
    pl.DataFrame({"image": [{"bytes": picture(), "path": "x.jpg"}]}).write_parquet(tmp_path / "a.parquet")
    found = scan([tmp_path / "a.parquet"])
    assert {one.kind for one in found.counts} == kinds
    assert found.complete


def test_a_table_without_a_header_does_not_show_its_first_row_as_names(tmp_path: Path) -> None:
    found = one_file(tmp_path, "a.csv", f"{ADDRESS},7\nbob@acme-corp.com,8\n")
    assert counted(found) == {("***", EMAIL): 2}
    assert found.columns[0].name == "***"
    assert [one.row for one in found.findings] == [1, 0]


def test_keys_and_names_of_files_are_looked_at_too(tmp_path: Path) -> None:
    assert counted(one_file(tmp_path, "a.json", json.dumps({"by": {ADDRESS: 1}}))) == {("***", EMAIL): 1}
    found = one_file(tmp_path, f"{ADDRESS} notes", "nothing")
    assert counted(found) == {("(file name)", EMAIL): 1}
    assert found.coverage[0].file == "*** notes"


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


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_parts_of_a_file_give_what_the_whole_gives(
    tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    lines = [f"é row {row} mail u{row}@acme-corp.com\nPhone:\n415 555 {row + 1000}\n" for row in range(300)]
    if name == "a.jsonl":
        lines = [json.dumps({"text": line, "last_name": "Roe", "day": "2024-01-02"}) + "\n" for line in lines]
    path = tmp_path / name
    path.write_text("".join(lines))
    cut = parts.parts_of(path, name, size=1_000)
    assert len(cut) > 5
    together = parts.together(name, (parts.scan_part(part, name, detector) for part in cut))
    assert together is not None
    tally, rows = together
    monkeypatch.setattr(json_files, "LONGEST_LINE", 1 << 20)
    whole = scan([path], root=tmp_path)
    assert rows == whole.coverage[0].rows
    assert tuple(columns_of(tally, detector)) == whole.columns
    assert tuple(tally.in_order()) == whole.counts
    assert tuple(tally.findings) == whole.findings


def test_two_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("".join(f"mail u{row}@acme-corp.com\n" for row in range(2_000)))
    monkeypatch.setattr("bot.datasets.scanning.WORTH_IT", 1)
    monkeypatch.setattr("bot.datasets.parts.parts_of.__defaults__", (8_000,))
    told: list[tuple[int, int]] = []
    two = scan(
        [tmp_path], root=tmp_path, processes=2, progress=lambda done, total: told.append((done, total))
    )
    assert two == scan([tmp_path], root=tmp_path, processes=1)
    assert told[-1][0] == told[-1][1]


HOSTILE = {
    "truncated.parquet": (b"PAR1" + b"\x15\x04" * 40, "damaged"),
    "lies.parquet": (b"PAR1" + b"x" * 50 + b"PAR1", "damaged"),
    "truncated.arrow": (b"ARROW1\0\0" + b"\xff" * 40, "damaged"),
    "lies.db": (b"SQLite format 3\0" + b"\xff" * 200, "damaged"),
    "truncated.gz": (gzip.compress(TEXT.encode() * 1000)[:-20], "damaged"),
    "truncated.zip": (b"PK\x03\x04" + b"\0" * 40, "damaged"),
    "lies.png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "damaged"),
    "lies.jpg": (b"\xff\xd8\xff" + b"\0" * 30, "damaged"),
    "lies.pdf": (b"%PDF-1.7\n%%EOF", "damaged"),
    "lies.docx": (b"PK\x03\x04" + b"\0" * 40, "damaged"),
    "weights.bin": (bytes(range(256)) * 4, "binary"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_not_taken_for_clean(tmp_path: Path, name: str) -> None:
    content, reason = HOSTILE[name]
    found = one_file(tmp_path, name, content)
    assert not found.complete
    assert reason in (found.coverage[-1].not_scanned or "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ragged.csv", f"a,b\n1\n2,3,4,{ADDRESS}\n"),
        ("unclosed.csv", f'a,b\n"x,{ADDRESS}\n1,2\n'),
        ("mixed.csv", b"a,b\n\xe9\xff,x\n" + f"é,{ADDRESS}\n".encode()),
        ("nul.csv", f"a,b\n1,{ADDRESS}\n".encode() + b"2,\x01\n"),
        ("empty-names.csv", f",,\n1,2,{ADDRESS}\n"),
        ("same-names.csv", f"a,a\n1,{ADDRESS}\n"),
        ("broken.json", '{"a": "' + ADDRESS),
        ("deep.json", "[" * 5000 + f'"{ADDRESS}"' + "]" * 5000),
        ("broken.jsonl", f'{{"a": 1}}\n{{"b": "{ADDRESS}\n'),
        ("surrogates.jsonl", f'{{"a": "\\ud800 {ADDRESS}"}}\n'),
        ("numbers.ipynb", f'[1, 2, "{ADDRESS}"]'),
        ("wide.csv", ",".join("c" * 20_000) + f"\n{ADDRESS}\n"),
    ],
)
def test_what_is_not_quite_its_format_is_scanned_all_the_same(
    tmp_path: Path, name: str, content: bytes | str
) -> None:
    found = one_file(tmp_path, name, content)
    assert sum(one.count for one in found.counts if one.kind == EMAIL) == 1
    assert found.complete


def test_an_empty_file_is_scanned(tmp_path: Path) -> None:
    for name in ("a.csv", "a.json", "a.jsonl", "a.txt", "a.ipynb"):
        found = one_file(tmp_path, name, b"")
        assert found.complete
        assert not found.counts


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    found = scan([tmp_path], root=tmp_path)
    assert {one.file for one in found.coverage if one.not_scanned} == {"link", "loop", "pipe"}


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS_FINE", 1 << 16)
    found = one_file(tmp_path, "bomb.gz", gzip.compress(bytes(1 << 22)))
    assert "unpacks to more" in (found.coverage[0].not_scanned or "")


def test_archives_are_opened_four_deep_and_no_deeper(tmp_path: Path) -> None:
    data, name = TEXT.encode(), "a.txt"
    for depth in range(5):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, data)
        data, name = file.getvalue(), f"{depth}.zip"
        found = one_file(tmp_path, name, data)
        assert found.complete is (depth < 4)


def test_members_of_an_archive_stay_within_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../outside.txt", TEXT)
    found = scan([tmp_path / "a.zip"], root=tmp_path)
    assert counted(found) == {(None, EMAIL): 1}
    assert not (tmp_path.parent.parent / "outside.txt").exists()


def test_a_file_that_changes_while_it_is_read_is_not_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"

    def changing(*given: object, **named: object) -> object:
        with path.open("a") as file:
            file.write("more\n")
        return scan_text(*given, **named)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr("bot.datasets.files.scan_text", changing)
    found = one_file(tmp_path, "a.txt", TEXT)
    assert "changed" in (found.coverage[-1].not_scanned or "")


def test_a_large_document_is_scanned_as_the_text_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "LARGEST_DOCUMENT", 1_000)
    monkeypatch.setattr(json_files, "LONGEST_LINE", 1_000)
    content = json.dumps(["x" * 900, ADDRESS, "y" * 900])
    for name in ("a.json", "a.jsonl"):
        found = one_file(tmp_path, name, content)
        assert found.coverage[0].format == "text"
        assert counted(found) == {(None, EMAIL): 1}


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


def test_a_table_wider_than_memory_is_scanned_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MOST_COLUMNS", 10)
    found = one_file(tmp_path, "a.csv", ",".join("abcdefghijklmnop") + f"\n1,{ADDRESS}\n")
    assert found.coverage[0].format == "text"
    assert counted(found) == {(None, EMAIL): 1}


@given(name=st.sampled_from(sorted(SAMPLES | PARTLY)), damage=st.data())
def test_any_damage_to_a_file_ends_with_a_result(
    tmp_path_factory: pytest.TempPathFactory, name: str, damage: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.unlink(missing_ok=True)
    (SAMPLES | PARTLY)[name](path)
    content = bytearray(path.read_bytes())
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, byte in damage.draw(st.lists(places, max_size=6)):
        content[place] = byte
    path.write_bytes(content[: damage.draw(st.integers(0, len(content)))])
    assert scan([path]).coverage


@given(
    content=st.binary(max_size=300),
    ending=st.sampled_from(["csv", "json", "jsonl", "ipynb", "txt", "tsv", "bin"]),
)
def test_any_bytes_end_with_a_result(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(content)
    assert scan([path]).coverage
