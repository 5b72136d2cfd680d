"""Keep one repository's history as a real bare git repository on disk: loose objects and refs.

Every object and ref is written to a temporary name and moved into place, objects before the ref that needs
them, so a kill at any moment leaves a repository that ``git fsck`` calls sound.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

HEAD = "refs/heads/main"

REF_LIMIT = 200
"""Bytes in the name of a branch or tag; a ref is a file, and file systems take 255."""

_OID = re.compile(r"[0-9a-f]{40}")
# The rules of git-check-ref-format that matter for names people type.
_REF_NAME = re.compile(r"(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))(?![/.])[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])")


@dataclass(frozen=True)
class Commit:
    """One commit: ids are SHA-1 in hexadecimal, ``date`` is to the second."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: str
    date: datetime
    message: str

    @property
    def title(self) -> str:
        """Give the first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def description(self) -> str:
        """Give the message after its title."""
        return self.message.partition("\n")[2].strip("\n")


@dataclass(frozen=True)
class Entry:
    """One line of a tree object."""

    name: str
    oid: str
    is_folder: bool


def valid_ref_name(name: str) -> bool:
    """Say whether git takes ``name`` as the name of a branch or tag."""
    return name.isprintable() and len(name.encode()) <= REF_LIMIT and _REF_NAME.fullmatch(name) is not None


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a restart after a kill, sees the old content or the new, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as file:
        file.write(data)
    try:
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink()
        raise


class GitStore:
    """Read and write the objects and refs of the bare repository in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Lay out an empty repository that git itself can open."""
        (self.folder / "objects").mkdir(parents=True)
        (self.folder / "refs/heads").mkdir(parents=True)
        write_atomically(self.folder / "HEAD", f"ref: {HEAD}\n".encode())
        write_atomically(
            self.folder / "config",
            b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n",
        )

    # Objects

    def write_blob(self, data: bytes) -> str:
        """Store a file's content and return its id."""
        return self._write("blob", data)

    def read_blob(self, oid: str) -> bytes:
        """Read a file's content."""
        return _read(self.folder, oid)[1]

    def blob_size(self, oid: str) -> int:
        """Give a file's size in bytes."""
        return _size(self.folder, oid)

    def write_tree(self, files: Mapping[str, str]) -> str:
        """Store the folders of ``files`` (path to blob id) and return the id of the root tree."""
        folders: dict[str, dict[str, str]] = {}
        entries: list[tuple[bytes, bytes]] = []
        for path, oid in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = oid
            else:
                entries.append((first.encode(), b"100644 %s\0%s" % (first.encode(), bytes.fromhex(oid))))
        for name, inside in folders.items():
            oid = self.write_tree(inside)
            entries.append((name.encode() + b"/", b"40000 %s\0%s" % (name.encode(), bytes.fromhex(oid))))
        return self._write("tree", b"".join(line for _, line in sorted(entries)))

    def entries(self, tree: str) -> tuple[Entry, ...]:
        """List what stands directly in a tree, in git's order."""
        return _entries(self.folder, tree)

    def files(self, commit: str) -> dict[str, str]:
        """Map every path of a commit to its blob id, sorted by path."""
        return dict(sorted(_walk(self.folder, self.commit(commit).tree, "")))

    def write_commit(
        self, tree: str, parents: tuple[str, ...], author: str, message: str, date: datetime
    ) -> Commit:
        """Store a commit and return it; no ref moves yet."""
        who = f"{author} <{author}@users.noreply.hub.sandbox> {int(date.timestamp())} +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}"]
        text = "\n".join([*lines, f"committer {who}", "", message.rstrip("\n") + "\n"])
        return self.commit(self._write("commit", text.encode()))

    def commit(self, oid: str) -> Commit:
        """Read a commit. Raises KeyError when ``oid`` is not one."""
        return _commit(self.folder, oid)

    def log(self, oid: str) -> Iterator[Commit]:
        """Go through a commit's history by first parents, newest first."""
        following: str | None = oid
        while following:
            commit = self.commit(following)
            yield commit
            following = commit.parents[0] if commit.parents else None

    def _write(self, kind: str, data: bytes) -> str:
        whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
        oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = _object_path(self.folder, oid)
        if not path.exists():
            write_atomically(path, zlib.compress(whole, level=1))
        return oid

    # Refs

    def refs(self) -> dict[str, str]:
        """Map every full ref name to the commit it stands for; annotated tags are peeled."""
        root = self.folder / "refs"
        found = {}
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.name.startswith(".writing-"):
                found[path.relative_to(self.folder).as_posix()] = self._peel(path.read_text().strip())
        return found

    def set_ref(self, name: str, oid: str) -> None:
        """Point a ref at a commit. Raises ValueError when another ref's name is a folder of this one's."""
        try:
            write_atomically(self.folder / name, f"{oid}\n".encode())
        except (NotADirectoryError, FileExistsError, IsADirectoryError) as error:
            raise ValueError(f"{name} cannot stand beside a ref whose name contains it") from error

    def tag(self, name: str, oid: str, message: str | None, author: str, date: datetime) -> None:
        """Tag a commit: with an annotated tag when there is a message, else with a plain ref."""
        if message:
            who = f"{author} <{author}@users.noreply.hub.sandbox> {int(date.timestamp())} +0000"
            text = f"object {oid}\ntype commit\ntag {name}\ntagger {who}\n\n{message}\n"
            oid = self._write("tag", text.encode())
        self.set_ref(f"refs/tags/{name}", oid)

    def delete_ref(self, name: str) -> None:
        """Remove a ref, and the folders that only it needed, so that its name can be used as one again."""
        path = self.folder / name
        path.unlink()
        for parent in path.parents:
            if parent.parent == self.folder / "refs" or any(parent.iterdir()):
                break
            parent.rmdir()

    def resolve(self, revision: str) -> str | None:
        """Find the commit a branch, a tag, ``refs/...`` or a full commit id stands for.

        A commit that no ref leads to any more (after a squash) is not found, as after git's own clean-up.
        """
        refs = self.refs()
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in refs:
                return refs[name]
        if _OID.fullmatch(revision) and revision in self.reachable(refs):
            return revision
        return None

    def reachable(self, refs: Mapping[str, str]) -> set[str]:
        """Collect every commit that some ref leads to."""
        seen: set[str] = set()
        ahead = list(refs.values())
        while ahead:
            oid = ahead.pop()
            if oid not in seen:
                seen.add(oid)
                ahead.extend(self.commit(oid).parents)
        return seen

    def _peel(self, oid: str) -> str:
        kind, data = _read(self.folder, oid)
        return data.decode().partition("\n")[0].removeprefix("object ") if kind == "tag" else oid


def _object_path(folder: Path, oid: str) -> Path:
    return folder / "objects" / oid[:2] / oid[2:]


def _read(folder: Path, oid: str) -> tuple[str, bytes]:
    try:
        whole = zlib.decompress(_object_path(folder, oid).read_bytes())
    except FileNotFoundError as error:
        raise KeyError(oid) from error
    header, _, data = whole.partition(b"\0")
    return header.decode().split(" ")[0], data


# Objects never change, so what was read once stays true for the life of the process.
@lru_cache(maxsize=100_000)
def _size(folder: Path, oid: str) -> int:
    with _object_path(folder, oid).open("rb") as file:
        # A compressed block may begin with a table of codes of a few hundred bytes.
        head = zlib.decompressobj().decompress(file.read(4096), 32)
    return int(head.partition(b"\0")[0].split(b" ")[1])


@lru_cache(maxsize=20_000)
def _commit(folder: Path, oid: str) -> Commit:
    kind, data = _read(folder, oid)
    if kind != "commit":
        raise KeyError(oid)
    header, _, message = data.decode().partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in header.splitlines():
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    author, _, stamp = fields["author"][0].partition(" <")
    date = datetime.fromtimestamp(int(stamp.split(" ")[-2]), UTC)
    tree, parents = fields["tree"][0], tuple(fields.get("parent", ()))
    return Commit(oid, tree, parents, author, date, message.rstrip("\n"))


@lru_cache(maxsize=20_000)
def _entries(folder: Path, tree: str) -> tuple[Entry, ...]:
    data = _read(folder, tree)[1]
    entries, position = [], 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, _, name = data[position:end].partition(b" ")
        entries.append(Entry(os.fsdecode(name), data[end + 1 : end + 21].hex(), mode == b"40000"))
        position = end + 21
    return tuple(entries)


def _walk(folder: Path, tree: str, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in _entries(folder, tree):
        path = prefix + entry.name
        if entry.is_folder:
            yield from _walk(folder, entry.oid, path + "/")
        else:
            yield path, entry.oid
