import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.formats import archives, json_files
from bot.datasets.formats.text import scan_text
from bot.datasets.scanning import scan
from tests.datasets.samples import ADDRESS, PARTLY, SAMPLES, TEXT
from tests.datasets.single import EMAIL, counted, one_file

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
