import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.release.files import (
    MAX_FILES,
    Hashed,
    ReleaseFile,
    WrittenFile,
    digest,
    inspect_folder,
    put_written,
)


def odd(folder: Path) -> dict[str, str]:
    return {one.path: one.reason for one in inspect_folder(folder).odd}


def test_files_are_listed_in_order_with_their_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/x.txt").write_text("x")
    (tmp_path / "a.txt").write_text("")
    first, second = inspect_folder(tmp_path).files
    assert (first.path, first.size) == ("a.txt", 0)
    assert (second.path, second.size) == ("b/x.txt", 1)
    assert second.sha256 == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


def test_links_are_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key.txt").write_text("k")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").symlink_to(tmp_path / "secret/key.txt")
    (folder / "more").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.txt")
    assert inspect_folder(folder).files == ()
    assert set(odd(folder)) == {"config.json", "more", "pipe.txt"}


def test_a_file_hashed_before_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x")
    known: Hashed = {}
    first = inspect_folder(tmp_path, known)
    [at_a, at_b] = known
    known[at_a] = "remembered"
    assert [file.sha256 for file in inspect_folder(tmp_path, known).files] == ["remembered", known[at_b]]
    (tmp_path / "a.txt").write_text("y")
    os.utime(tmp_path / "a.txt", ns=(1, 1))
    second = inspect_folder(tmp_path, known).files
    assert second[0].sha256 not in ("remembered", first.files[0].sha256)
    assert inspect_folder(tmp_path).files == second


@pytest.mark.parametrize(
    "name", [".env", "a\\b.txt", "x\ny.txt", " a.txt", "a.txt ", "a.", "x\u202etxt.json"]
)
def test_odd_names_are_refused_and_safe_to_print(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    inspection = inspect_folder(tmp_path)
    assert inspection.files == ()
    assert inspection.odd[0].path.isprintable()


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 200)
    deep.mkdir()
    (deep / ("f" * 100)).write_text("x")
    assert "longer than" in inspect_folder(tmp_path).odd[0].reason


def test_names_that_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Config.json").write_text("{}")
    (tmp_path / "config.json").write_text("{}")
    assert odd(tmp_path) == {"config.json": "its name differs from another one's only in case"}


def test_too_many_files_are_refused_without_reading_them_all(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 5):
        (tmp_path / f"{number:06}.txt").touch()
    inspection = inspect_folder(tmp_path)
    assert len(inspection.files) == MAX_FILES
    assert len(inspection.odd) == 1


def test_what_serves_the_repository_is_left_out(tmp_path: Path) -> None:
    for name in ("model-release.yml", ".gitattributes", ".gitignore"):
        (tmp_path / name).write_text("x")
    inspection = inspect_folder(tmp_path)
    assert (inspection.files, inspection.odd) == ((), ())


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect_folder(tmp_path / "gone")


def test_the_digest_changes_with_any_path_content_or_term_and_with_nothing_else() -> None:
    files = (ReleaseFile("a", 1, "1" * 64), ReleaseFile("b", 2, "2" * 64))
    same = digest(files, "license: mit")
    assert digest(reversed(files), "license: mit") == same
    others = {
        digest(files, "license: other"),
        digest(files[:1], "license: mit"),
        digest((replace(files[0], path="c"), files[1]), "license: mit"),
        digest((replace(files[0], sha256="3" * 64), files[1]), "license: mit"),
    }
    assert same not in others
    assert len(others) == 4


@pytest.mark.parametrize("name", ["SHA256SUMS", "Model.SIG", "bom.cdx.json", "provenance.intoto.json/x.json"])
def test_a_file_by_the_name_of_one_that_a_release_writes_is_odd(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("theirs")
    (odd,) = inspect_folder(tmp_path).odd
    assert "Giveback writes a file of this name" in odd.reason


def test_what_is_written_replaces_whatever_is_there_and_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("theirs")
    folder = tmp_path / "release"
    (folder / "NOTICE").mkdir(parents=True)
    (folder / "model.sig").symlink_to(outside)
    written = (WrittenFile("NOTICE", "words"), WrittenFile("model.sig", "signature"))
    for _ in range(2):
        put_written(folder, written)
    assert (folder / "NOTICE").read_text() == "words"
    assert (folder / "model.sig").read_text() == "signature"
    assert outside.read_text() == "theirs"
