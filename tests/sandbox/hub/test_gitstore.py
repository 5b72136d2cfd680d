"""Histories as git keeps them."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.hub.gitstore import HEAD, GitStore, valid_ref_name, write_atomically

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

names = st.text("abz.-_ é0", min_size=1, max_size=6).filter(lambda name: name not in (".", ".."))
folders: st.SearchStrategy[dict[str, bytes]] = st.dictionaries(
    st.lists(names, min_size=1, max_size=3).map("/".join), st.binary(max_size=80), min_size=1, max_size=8
).filter(lambda files: not any(other.startswith(path + "/") for path in files for other in files))


def git(store: GitStore, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(store.folder), *arguments], check=True, capture_output=True)
    return done.stdout.decode()


def made(folder: Path) -> GitStore:
    store = GitStore(folder / "git")
    store.create()
    return store


def commit(store: GitStore, files: dict[str, bytes], *parents: str, message: str = "Message") -> str:
    blobs = {path: store.write_blob(content) for path, content in files.items()}
    return store.write_commit(store.write_tree(blobs), parents, "ann", message, WHEN).oid


@settings(max_examples=20)
@given(folders)
def test_git_reads_the_files_that_were_written(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        store = made(Path(folder))
        oid = commit(store, files)
        store.set_ref(HEAD, oid)
        git(store, "fsck", "--strict", "--full")
        lines = git(store, "ls-tree", "-r", "-z", oid).rstrip("\0").split("\0")
        listed = {path: about.split(" ")[2] for about, _, path in (line.partition("\t") for line in lines)}
        assert listed == store.files(oid)
        assert {path: store.read_blob(blob) for path, blob in store.files(oid).items()} == files
        assert all(store.blob_size(blob) == len(store.read_blob(blob)) for blob in store.files(oid).values())


@given(st.text(max_size=300))
def test_a_ref_name_is_taken_only_if_git_takes_it(name: str) -> None:
    if valid_ref_name(name):
        assert "\0" not in name
        done = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
        assert done.returncode == 0


def test_a_commit_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    store = made(tmp_path)
    first = commit(store, {"a": b"1"})
    second = commit(store, {"a": b"2"}, first, message="Title\n\nBody of two\n\nparagraphs")
    read = store.commit(second)
    assert (read.author, read.date, read.parents) == ("ann", WHEN, (first,))
    assert (read.title, read.description) == ("Title", "Body of two\n\nparagraphs")
    assert [commit.oid for commit in store.log(second)] == [second, first]


def test_annotated_and_plain_tags_lead_to_their_commit(tmp_path: Path) -> None:
    store = made(tmp_path)
    oid = commit(store, {"a": b"1"})
    store.set_ref(HEAD, oid)
    store.tag("plain", oid, None, "ann", WHEN)
    store.tag("annotated", oid, "Why", "ann", WHEN)
    assert [store.resolve(name) for name in ("main", "plain", "annotated", oid)] == [oid] * 4
    assert git(store, "cat-file", "-t", "refs/tags/annotated").strip() == "tag"


def test_a_commit_no_ref_leads_to_is_not_found(tmp_path: Path) -> None:
    store = made(tmp_path)
    first, second = commit(store, {"a": b"1"}), commit(store, {"a": b"2"})
    store.set_ref(HEAD, first)
    assert store.resolve(second) is None
    assert store.resolve("0" * 40) is None
    assert store.resolve("../../etc") is None


def test_the_name_of_a_deleted_ref_can_be_a_folder_of_others(tmp_path: Path) -> None:
    store = made(tmp_path)
    oid = commit(store, {"a": b"1"})
    store.set_ref("refs/heads/a/b", oid)
    with pytest.raises(ValueError, match="cannot stand beside"):
        store.set_ref("refs/heads/a", oid)
    with pytest.raises(ValueError, match="cannot stand beside"):
        store.set_ref("refs/heads/a/b/c", oid)
    store.delete_ref("refs/heads/a/b")
    store.set_ref("refs/heads/a", oid)
    assert store.refs() == {"refs/heads/a": oid}


def test_a_file_half_written_is_never_seen(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "folder", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
