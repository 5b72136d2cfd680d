"""Read and write real git repositories, through git's own plumbing."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ZERO = "0" * 40
"""What git writes for "no commit" when a ref begins or ends."""


EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree with nothing in it, which git knows without storing it."""


class GitError(Exception):
    """git refused; the message is the first line of what it said."""


class NotFastForward(GitError):
    """The ref would lose commits."""


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


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    # The person's own git configuration must not reach into the sandbox, nor the sandbox ask anything.
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def run(
    folder: Path,
    *arguments: str,
    given: bytes | None = None,
    allowed: Iterable[int] = (0,),
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a bare repository, with ``more`` in its environment.

    Raises GitError for an exit status that is not allowed.
    """
    done = subprocess.run(  # noqa: S603 - the arguments are a list and the program is git
        ["git", f"--git-dir={folder}", *arguments],  # noqa: S607 - git is a requirement of the sandbox
        input=given,
        capture_output=True,
        env=_environment() | dict(more or {}),
        check=False,
    )
    if done.returncode not in allowed:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise GitError(said.splitlines()[0] if said else f"git {arguments[0]} failed")
    return done


def create(folder: Path, default_branch: str) -> None:
    """Make an empty bare repository."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    run(folder, "init", "--quiet", "--bare", f"--initial-branch={default_branch}")
    _configure(folder)


def _configure(folder: Path) -> None:
    """Keep the sandbox's own refs out of sight and those of pull requests out of reach."""
    run(folder, "config", "transfer.hideRefs", "refs/sandbox")
    run(folder, "config", "receive.hideRefs", "refs/pull")
    run(folder, "config", "uploadpack.allowAnySHA1InWant", "true")


def clone(source: Path, target: Path) -> None:
    """Copy a bare repository with its branches and tags, as a fork starts."""
    target.parent.mkdir(parents=True, exist_ok=True)
    run(target, "clone", "--quiet", "--bare", "--no-hardlinks", str(source), str(target))
    run(target, "remote", "remove", "origin")
    _configure(target)


class Repository:
    """One bare repository. Methods block; call them from a worker thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._reader: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the reading process."""
        with self._lock:
            if self._reader is not None:
                self._reader.communicate()
                self._reader = None

    def delete(self) -> None:
        """Remove the repository from the disk."""
        self.close()
        shutil.rmtree(self.folder)

    def move(self, folder: Path) -> None:
        """Take the repository to another place."""
        self.close()
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.rename(folder)
        self.folder = folder

    def read(self, revision: str) -> Object | None:
        """Read any object by name (``sha``, ``main``, ``main:README.md``); None when there is none."""
        if "\n" in revision or not revision or "\0" in revision:
            return None
        with self._lock:
            # One long-lived reader answers in microseconds where a new process takes milliseconds.
            if self._reader is None:
                self._reader = subprocess.Popen(  # noqa: S603 - as in run()
                    ["git", f"--git-dir={self.folder}", "cat-file", "--batch"],  # noqa: S607 - as in run()
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                )
            writer, reader = self._reader.stdin, self._reader.stdout
            if writer is None or reader is None:
                raise GitError("the reading process has no pipes")
            writer.write(revision.encode(errors="replace") + b"\n")
            writer.flush()
            answer = reader.readline().split()
            if not answer:
                # Some names, such as main:../x, make it give up altogether.
                self.close()
            if len(answer) != 3 or answer[-1] in (b"missing", b"ambiguous"):
                return None
            content = reader.read(int(answer[2]))
            reader.read(1)
        return Object(answer[0].decode(), answer[1].decode(), content)

    def resolve(self, revision: str) -> str | None:
        """Find the commit a branch, tag or sha stands for."""
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            found = self.read(f"{candidate}^{{commit}}")
            if found is not None:
                return found.sha
        return None

    def commit(self, revision: str) -> Commit | None:
        """Read a commit."""
        found = self.read(f"{revision}^{{commit}}")
        return parse_commit(found) if found else None

    def tree(self, revision: str, *, recursive: bool = False) -> list[Entry]:
        """List a tree, by path; with ``recursive`` the trees inside it as well."""
        deep = ["-r", "-t"] if recursive else []
        listing = run(self.folder, "ls-tree", "-z", "-l", *deep, revision).stdout.decode(errors="replace")
        entries = []
        for line in listing.split("\0"):
            if line:
                facts, path = line.split("\t", 1)
                mode, kind, sha, size = facts.split()
                entries.append(Entry(mode, kind, sha, int(size) if size != "-" else None, path))
        return entries

    def refs(self, prefix: str = "refs/heads/") -> dict[str, str]:
        """List refs that start with ``prefix`` and the objects they point at, by name."""
        listing = run(self.folder, "for-each-ref", "--format=%(refname) %(objectname)").stdout.decode()
        pairs = (line.split(" ") for line in listing.splitlines())
        return {name: sha for name, sha in pairs if name.startswith(prefix)}

    def write(self, kind: str, content: bytes) -> str:
        """Store an object that git finds well-formed and answer its sha."""
        return (
            run(self.folder, "hash-object", "-t", kind, "-w", "--stdin", given=content)
            .stdout.decode()
            .strip()
        )

    def write_tree(self, base: str | None, changes: Mapping[str, tuple[str, str] | None]) -> str:
        """Store ``base`` with changes: path to mode and sha, or to None to take the path away."""
        if any(not part or part in (".", "..", ".git") for path in changes for part in path.split("/")):
            raise GitError("tree.path contains a malformed path component")
        index = self.folder / f"index-{threading.get_ident()}-{os.urandom(4).hex()}"
        more = {"GIT_INDEX_FILE": str(index)}
        try:
            if base:
                run(self.folder, "read-tree", base, more=more)
            lines = "".join(
                f"{change[0]} {change[1]}\t{path}\0" if change else f"0 {ZERO}\t{path}\0"
                for path, change in changes.items()
            )
            feed = ("update-index", "-z", "--add", "--replace", "--index-info")
            run(self.folder, *feed, given=lines.encode(), more=more)
            return run(self.folder, "write-tree", more=more).stdout.decode().strip()
        finally:
            index.unlink(missing_ok=True)

    def write_commit(
        self, tree: str, parents: Sequence[str], author: Signature, committer: Signature, message: str
    ) -> str:
        """Store a commit and answer its sha."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {_signed(author)}", f"committer {_signed(committer)}", "", message]
        return self.write("commit", "\n".join(lines).encode())

    def write_tag(self, target: Object, name: str, tagger: Signature, message: str) -> str:
        """Store an annotated tag and answer its sha."""
        lines = [f"object {target.sha}", f"type {target.kind}", f"tag {name}", f"tagger {_signed(tagger)}"]
        return self.write("tag", "\n".join([*lines, "", f"{message}\n"]).encode())

    def update(self, ref: str, sha: str, *, expected: str | None = None) -> None:
        """Point a ref at a commit, only if it still stands at ``expected`` (ZERO: does not exist)."""
        run(self.folder, "update-ref", ref, sha, *([expected] if expected else []))

    def remove(self, ref: str) -> None:
        """Delete a ref."""
        run(self.folder, "update-ref", "-d", ref)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Tell whether ``newer`` contains ``older``."""
        return run(self.folder, "merge-base", "--is-ancestor", older, newer, allowed=(0, 1)).returncode == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """Find the last commit two histories share."""
        return run(self.folder, "merge-base", one, other, allowed=(0, 1)).stdout.decode().strip() or None

    def history(
        self, *revisions: str, path: str | None = None, skip: int = 0, limit: int | None = None
    ) -> list[Commit]:
        """List commits, newest first; ``revisions`` as for ``git rev-list`` (``a``, ``^b``)."""
        bounds = [f"--skip={skip}", *([f"--max-count={limit}"] if limit is not None else [])]
        arguments = [*bounds, "--end-of-options", *revisions, "--", *([path] if path else [])]
        shas = run(self.folder, "rev-list", *arguments).stdout.decode().split()
        return [commit for sha in shas if (commit := self.commit(sha))]

    def count(self, *revisions: str) -> int:
        """Count commits, as for ``git rev-list``."""
        return int(run(self.folder, "rev-list", "--count", "--end-of-options", *revisions, "--").stdout)

    def fetch(self, source: Path, sha: str, ref: str) -> None:
        """Bring a commit and its history from another repository and keep it under ``ref``."""
        run(self.folder, "fetch", "--quiet", "--no-tags", str(source), f"+{sha}:{ref}")

    def merge(self, base: str, head: str) -> str | None:
        """Merge two commits and answer the resulting tree, or None when they conflict."""
        done = run(self.folder, "merge-tree", "--write-tree", base, head, allowed=(0, 1))
        return done.stdout.decode().split("\n", 1)[0] if done.returncode == 0 else None

    def diff(self, before: str, after: str) -> bytes:
        """Write the difference of two trees as a patch."""
        return run(self.folder, "diff-tree", "-r", "-M", "-p", "--no-color", before, after).stdout

    def format_patch(self, base: str, head: str) -> bytes:
        """Write the commits between two as mails, as ``git am`` takes them."""
        return run(self.folder, "format-patch", "--stdout", "--no-signature", f"{base}..{head}").stdout

    def names(self, before: str, after: str) -> dict[str, list[str]]:
        """List the paths two trees differ in, as ``added``, ``removed`` and ``modified``."""
        listing = run(self.folder, "diff-tree", "-r", "-z", "--name-status", before, after).stdout
        fields = listing.decode(errors="replace").split("\0")
        found: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
        for letter, path in zip(fields[::2], fields[1::2], strict=False):
            found[{"A": "added", "D": "removed"}.get(letter, "modified")].append(path)
        return found

    def changes(self, before: str, after: str) -> list[Change]:
        """Compare two trees file by file, with renames found and patches as GitHub cuts them."""
        raw = run(self.folder, "diff-tree", "-r", "-M", "-z", "--raw", "--numstat", before, after).stdout
        patches = self.diff(before, after)
        return parse_changes(raw.decode(errors="replace"), patches.decode(errors="replace"))


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
