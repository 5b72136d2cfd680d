"""Git's objects as data, read from the text git writes and written as git reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

ZERO = "0" * 40
"""What git writes for "no commit" when a ref begins or ends."""


EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree with nothing in it, which git knows without storing it."""


@dataclass(frozen=True)
class Object:
    """A git object as it is stored: ``kind`` is blob, tree, commit or tag."""

    sha: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Entry:
    """One line of a tree; ``size`` is None for anything but a blob."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


@dataclass(frozen=True)
class Signature:
    """Who made a commit and when (ISO 8601, UTC)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """A commit, parsed."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class BlamedLines:
    """Lines of a file, counted from 1 and both included, that come from one commit."""

    first: int
    last: int
    commit: Commit


@dataclass(frozen=True)
class Tag:
    """An annotated tag, parsed; ``kind`` is what ``target`` is."""

    name: str
    target: str
    kind: str
    tagger: Signature
    message: str


@dataclass(frozen=True)
class Change:
    """One file of a comparison; ``patch`` is None for binary files, as GitHub leaves it out."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


def commit_text(
    tree: str, parents: Sequence[str], author: Signature, committer: Signature, message: str
) -> bytes:
    """Write a commit object's text."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {_signed(author)}", f"committer {_signed(committer)}", "", message]
    return "\n".join(lines).encode()


def tag_text(target: Object, name: str, tagger: Signature, message: str) -> bytes:
    """Write a tag object's text."""
    lines = [f"object {target.sha}", f"type {target.kind}", f"tag {name}", f"tagger {_signed(tagger)}"]
    return "\n".join([*lines, "", f"{message}\n"]).encode()


def _signed(who: Signature) -> str:
    moment = datetime.fromisoformat(who.date.replace("Z", "+00:00"))
    clean = {ord(mark): None for mark in "<>\n\0"}
    return f"{who.name.translate(clean)} <{who.email.translate(clean)}> {int(moment.timestamp())} +0000"


def _signature(line: str) -> Signature:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    moment = datetime.fromtimestamp(int(when.split(" ")[0]), UTC)
    return Signature(name, email, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def parse_commit(found: Object) -> Commit:
    """Read a commit object's text."""
    head, _, message = found.content.decode(errors="replace").partition("\n\n")
    fields = [line.partition(" ")[::2] for line in head.split("\n")]
    first = dict(reversed(fields))
    return Commit(
        sha=found.sha,
        tree=first["tree"],
        parents=tuple(value for name, value in fields if name == "parent"),
        author=_signature(first["author"]),
        committer=_signature(first["committer"]),
        message=message.rstrip("\n"),
    )


def parse_tag(found: Object) -> Tag:
    """Read a tag object's text."""
    head, _, message = found.content.decode(errors="replace").partition("\n\n")
    fields = dict(line.partition(" ")[::2] for line in head.split("\n"))
    tagger = _signature(fields["tagger"])
    return Tag(fields["tag"], fields["object"], fields["type"], tagger, message.rstrip("\n"))


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def parse_changes(raw: str, patches: str) -> list[Change]:
    """Read ``git diff-tree --raw --numstat -z`` together with the same comparison's patches."""
    fields = iter(raw.split("\0"))
    found: list[tuple[str, str, str | None, str]] = []
    counts: list[tuple[int, int, bool]] = []
    for field in fields:
        if field.startswith(":"):
            _, _, old, new, letter = field[1:].split(" ")
            path = next(fields)
            previous = None
            if letter[0] in "RC":
                previous, path = path, next(fields)
            found.append(
                (path, _STATUS.get(letter[0], "changed"), previous, old if letter[0] == "D" else new)
            )
        elif field:
            plus, minus, path = field.split("\t", 2)
            if not path:
                # A renamed file has its two names in fields of their own.
                next(fields)
                next(fields)
            binary = plus == "-"
            counts.append((0 if binary else int(plus), 0 if binary else int(minus), binary))
    texts = iter(_split_patches(patches))
    listed = []
    for (path, status, previous, sha), (added, removed, binary) in zip(found, counts, strict=True):
        text = next(texts)
        if status == "changed":
            # A file that became a link, or the other way round, is cut as one removed and one added.
            next(texts)
        listed.append(Change(path, previous, status, sha, added, removed, None if binary else text))
    return listed


def _split_patches(patches: str) -> list[str | None]:
    """Cut a diff into one text per file, starting at its first hunk."""
    texts: list[str | None] = []
    lines: list[str] = []
    inside = False
    for line in patches.split("\n"):
        if line.startswith("diff --git "):
            if texts:
                texts[-1] = "\n".join(lines) or None
            texts.append(None)
            lines, inside = [], False
        elif line.startswith("@@ ") or inside:
            inside = True
            lines.append(line)
    if texts:
        texts[-1] = "\n".join(lines).rstrip("\n") or None
    return texts


def parse_blame(text: str) -> list[tuple[int, str]]:
    """Read ``git blame --porcelain``: the number of each line, and the commit it comes from."""
    found = []
    header = ""
    for line in text.split("\n"):
        if line.startswith("\t"):
            sha, _, number, *_ = header.split(" ")
            found.append((int(number), sha))
            header = ""
        elif not header:
            header = line
    return found
