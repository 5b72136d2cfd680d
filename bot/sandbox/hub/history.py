"""Look through a repository's whole history for large files, and rewrite it without some of them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from bot.sandbox.hub.gitstore import Commit
from bot.sandbox.hub.largefiles import Pointer
from bot.sandbox.hub.repository import Repo


@dataclass(frozen=True)
class Found:
    """A large file where it was first met, going back from the refs."""

    path: str
    blob: str
    pointer: Pointer
    commit: Commit
    ref: str


def large_files_ever(repo: Repo) -> Iterator[Found]:
    """Go through every ref's history and give each large file once."""
    seen: set[str] = set()
    for ref, head in repo.git.refs().items():
        for commit in repo.git.log(head):
            for file in repo.files(commit.oid):
                if file.pointer and file.pointer.sha256 not in seen:
                    seen.add(file.pointer.sha256)
                    yield Found(file.path, file.blob, file.pointer, commit, ref)


def without_large_files(repo: Repo, doomed: Set[str]) -> None:
    """Rewrite every ref so that no commit holds the files with these SHA-256; annotated tags become plain."""
    rewritten: dict[str, str] = {}
    for ref, head in repo.git.refs().items():
        for commit in reversed(list(repo.git.log(head))):
            if commit.oid in rewritten:
                continue
            kept = {
                file.path: file.blob
                for file in repo.files(commit.oid)
                if not (file.pointer and file.pointer.sha256 in doomed)
            }
            parents = tuple(rewritten[parent] for parent in commit.parents)
            tree = repo.git.write_tree(kept)
            rewritten[commit.oid] = repo.git.write_commit(
                tree, parents, commit.author, commit.message, commit.date
            ).oid
        if rewritten[head] != head:
            repo.git.set_ref(ref, rewritten[head])
