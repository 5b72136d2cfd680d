"""Read and write real git repositories, through git's own plumbing."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.sandbox.github.git_objects import (
    EMPTY_TREE,
    ZERO,
    BlamedLines,
    Change,
    Commit,
    Entry,
    Object,
    Signature,
    commit_text,
    parse_blame,
    parse_changes,
    parse_commit,
    parse_tag,
    tag_text,
)

__all__ = [
    "EMPTY_TREE",
    "ZERO",
    "BlamedLines",
    "Change",
    "Commit",
    "Entry",
    "GitError",
    "Object",
    "Repository",
    "Signature",
    "clone",
    "create",
    "parse_commit",
    "parse_tag",
    "run",
]


class GitError(Exception):
    """git refused; the message is the first line of what it said."""


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
        return self.write("commit", commit_text(tree, parents, author, committer, message))

    def write_tag(self, target: Object, name: str, tagger: Signature, message: str) -> str:
        """Store an annotated tag and answer its sha."""
        return self.write("tag", tag_text(target, name, tagger, message))

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

    def blame(self, revision: str, path: str) -> list[BlamedLines]:
        """Tell which commit each line of a file comes from, in runs of lines."""
        told = run(self.folder, "blame", "--porcelain", revision, "--", path).stdout
        commits: dict[str, Commit | None] = {}
        found: list[BlamedLines] = []
        for first, sha in parse_blame(told.decode(errors="replace")):
            if sha not in commits:
                commits[sha] = self.commit(sha)
            commit = commits[sha]
            if commit is None:
                raise GitError(f"git blames {sha}, which is not there")
            if found and found[-1].commit is commit and found[-1].last == first - 1:
                found[-1] = BlamedLines(found[-1].first, first, commit)
            else:
                found.append(BlamedLines(first, first, commit))
        return found

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

    def archive(self, revision: str, kind: str, folder: str) -> bytes:
        """Pack a commit's files as ``tar.gz`` or ``zip``, inside a folder."""
        return run(self.folder, "archive", f"--format={kind}", f"--prefix={folder}/", revision).stdout

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
