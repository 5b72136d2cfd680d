"""An archive is unpacked within its folder and its limits, or refused."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.release.sources import SourceRefused
from bot.release.sources.intake import Intake
from bot.release.sources.unzipping import unzip


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return content.getvalue()


def unpack(tmp_path: Path, archive: bytes, limit: int = 10**9) -> dict[str, bytes]:
    source, into = tmp_path / "a.zip", tmp_path / "unpacked"
    source.write_bytes(archive)
    into.mkdir(exist_ok=True)
    unzip(source, Intake(into, limit))
    return {
        path.relative_to(into).as_posix(): path.read_bytes() for path in into.rglob("*") if path.is_file()
    }


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_files_and_folders_come_out_as_they_were(tmp_path: Path) -> None:
    files = {"config.json": b"{}", "deep/er/model.bin": bytes(100_000), "empty": b""}
    assert unpack(tmp_path, packed(("deep/", b""), *files.items())) == files


@pytest.mark.parametrize(
    "name",
    ["../out", "a/../../out", "/etc/x", "a//b", "a\\b", "..\\out", "C:/x", "a\nb", "./a", "x" * 300, ".."],
)
def test_a_name_that_leads_out_or_confuses_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceRefused):
        unpack(tmp_path, packed((name, b"x")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "unpacked"]


@pytest.mark.parametrize("names", [("a", "A"), ("a", "a/b"), ("a/b", "a")])
def test_one_place_for_two_files_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(SourceRefused):
        unpack(tmp_path, packed(*((name, b"x") for name in names)))


def test_a_link_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="link"):
        unpack(tmp_path, packed((link("model.bin"), b"/etc/passwd")))


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="times its own size"):
        unpack(tmp_path, packed(("zeros", bytes(100_000_000))))
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_more_than_there_is_room_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="larger than"):
        unpack(tmp_path, packed(("a", bytes(1000))), limit=999)


def test_a_file_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    archive = bytearray(packed(("zeros", bytes(1_000_000))))
    directory = archive.rindex(b"PK\1\2")
    struct.pack_into("<I", archive, directory + 24, 10)
    with pytest.raises(SourceRefused):
        unpack(tmp_path, bytes(archive))
    assert sum(path.stat().st_size for path in (tmp_path / "unpacked").iterdir()) <= 10


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_ways_to_pack_are_refused(tmp_path: Path, method: int) -> None:
    with pytest.raises(SourceRefused, match="unusual"):
        unpack(tmp_path, packed(("a", b"x"), method=method))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    archive = bytearray(packed(("a", b"some text"), method=zipfile.ZIP_STORED))
    archive[archive.index(b"some text")] ^= 1
    with pytest.raises(SourceRefused, match="cannot be read"):
        unpack(tmp_path, bytes(archive))


@given(st.binary(max_size=300), st.integers(0, 200), st.binary(min_size=1, max_size=8))
def test_any_bytes_are_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int, change: bytes
) -> None:
    good = packed(("a.json", b"{}"), ("b/c.txt", b"text" * 20))
    for archive in (noise, good[:place] + change + good[place + len(change) :]):
        try:
            unpack(tmp_path_factory.mktemp("any"), archive)
        except SourceRefused:
            continue
