"""Keep repositories on disk: history, large files, settings and discussions, one folder each."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from bot.sandbox.hub.discussions import Discussion
from bot.sandbox.hub.errors import HubError, entry_not_found, revision_not_found
from bot.sandbox.hub.gitstore import HEAD, Commit, GitStore, write_atomically
from bot.sandbox.hub.largefiles import POINTER_LIMIT, LargeFiles, Pointer, read_pointer
from bot.sandbox.hub.names import TYPES, RepoName

Gated = Literal["auto", "manual", False]


def now() -> datetime:
    """Give the present to the second, which is as fine as git keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class File:
    """One file of a commit; ``size`` in bytes is that of the content, not of a pointer to it."""

    path: str
    blob: str
    size: int
    pointer: Pointer | None = None


@dataclass
class Settings:
    """What is known of a repository besides its history."""

    creator: str
    created: str
    private: bool = False
    gated: Gated = False
    sdk: str | None = None


@dataclass
class Repo:
    """One repository in ``folder``."""

    name: RepoName
    folder: Path
    settings: Settings
    discussions: list[Discussion] = field(default_factory=list)

    @cached_property
    def git(self) -> GitStore:
        """Give its history."""
        return GitStore(self.folder / "git")

    @cached_property
    def large(self) -> LargeFiles:
        """Give its large files."""
        return LargeFiles(self.folder / "lfs")

    def save(self) -> None:
        """Keep settings and discussions."""
        kept = {"settings": asdict(self.settings), "discussions": [asdict(d) for d in self.discussions]}
        write_atomically(self.folder / "repo.json", json.dumps(kept, indent=1).encode())

    def resolve(self, revision: str) -> str:
        """Find the commit a revision stands for. Raises HubError (RevisionNotFound)."""
        oid = self.git.resolve(revision)
        if oid is None:
            raise revision_not_found(revision)
        return oid

    def file(self, path: str, blob: str) -> File:
        """Describe a file by its blob."""
        size = self.git.blob_size(blob)
        pointer = read_pointer(self.git.read_blob(blob)) if size <= POINTER_LIMIT else None
        return File(path, blob, pointer.size if pointer else size, pointer)

    def files(self, commit: str) -> list[File]:
        """List the files of a commit by path."""
        return [self.file(path, blob) for path, blob in self.git.files(commit).items()]

    def find(self, commit: str, path: str) -> File:
        """Find one file of a commit. Raises HubError (EntryNotFound)."""
        blob = self.git.files(commit).get(path)
        if blob is None:
            raise entry_not_found(path, commit)
        return self.file(path, blob)

    def text(self, commit: str, path: str) -> str | None:
        """Read a small text file of a commit; None when it is not there."""
        blob = self.git.files(commit).get(path)
        return None if blob is None else self.git.read_blob(blob).decode(errors="replace")

    def record(
        self, ref: str, files: Mapping[str, str], author: str, message: str, *, orphan: bool = False
    ) -> Commit:
        """Commit ``files`` (path to blob id) on top of a ref and move it; ``orphan`` drops its history."""
        head = self.git.refs().get(ref)
        parents = () if head is None or orphan else (head,)
        commit = self.git.write_commit(self.git.write_tree(files), parents, author, message, now())
        self.git.set_ref(ref, commit.oid)
        return commit

    def discussion(self, number: int) -> Discussion:
        """Find a discussion. Raises HubError (404)."""
        for discussion in self.discussions:
            if discussion.num == number:
                return discussion
        raise HubError(404, "Discussion not found")


class Shelf:
    """All repositories under ``folder``; a repository appears, moves and goes by one rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._aside = folder / ".aside"
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir(parents=True)
        self._moved_file = folder / "moved.json"
        self._moved: dict[str, str] = {}
        if self._moved_file.exists():
            self._moved = json.loads(self._moved_file.read_text())
        self._repos = {repo.name: repo for repo in self._load()}

    def __iter__(self) -> Iterator[Repo]:
        return iter(sorted(self._repos.values(), key=lambda repo: repo.name))

    def get(self, name: RepoName) -> Repo | None:
        """Find a repository; case counts."""
        return self._repos.get(name)

    def moved_to(self, name: RepoName) -> RepoName | None:
        """Say where a repository that once had this name is now."""
        target = self._moved.get(name.path)
        if target is None:
            return None
        namespace, _, own = target.partition("/")
        return RepoName(name.type, namespace, own)

    def create(self, name: RepoName, settings: Settings, first_files: Mapping[str, bytes]) -> Repo:
        """Create a repository whose first commit holds ``first_files``."""
        draft = Repo(name, Path(tempfile.mkdtemp(dir=self._aside)), settings)
        draft.git.create()
        draft.large.create()
        blobs = {path: draft.git.write_blob(content) for path, content in first_files.items()}
        draft.record(HEAD, blobs, settings.creator, "initial commit")
        draft.save()
        self._place(draft.folder, name)
        self._forget_move(name)
        return self._remember(Repo(name, self._path(name), settings))

    def delete(self, name: RepoName) -> None:
        """Remove a repository for good."""
        repo = self._repos.pop(name)
        gone = Path(tempfile.mkdtemp(dir=self._aside)) / "repo"
        repo.folder.rename(gone)
        shutil.rmtree(gone.parent)

    def move(self, name: RepoName, to: RepoName) -> Repo:
        """Give a repository another name; the old one leads to the new one from now on."""
        repo = self._repos.pop(name)
        self._place(repo.folder, to)
        self._forget_move(to)
        self._moved = {old: to.id if new == name.id else new for old, new in self._moved.items()}
        self._moved[name.path] = to.id
        write_atomically(self._moved_file, json.dumps(self._moved).encode())
        return self._remember(Repo(to, self._path(to), repo.settings, repo.discussions))

    def _remember(self, repo: Repo) -> Repo:
        self._repos[repo.name] = repo
        return repo

    def _forget_move(self, name: RepoName) -> None:
        if self._moved.pop(name.path, None) is not None:
            write_atomically(self._moved_file, json.dumps(self._moved).encode())

    def _path(self, name: RepoName) -> Path:
        return self._folder / f"{name.type}s" / name.namespace / name.name

    def _place(self, folder: Path, name: RepoName) -> None:
        self._path(name).parent.mkdir(parents=True, exist_ok=True)
        folder.rename(self._path(name))

    def _load(self) -> Iterator[Repo]:
        for type_ in TYPES:
            for file in (self._folder / f"{type_}s").glob("*/*/repo.json"):
                kept = json.loads(file.read_text())
                name = RepoName(type_, file.parent.parent.name, file.parent.name)
                discussions = [Discussion(**discussion) for discussion in kept["discussions"]]
                repo = Repo(name, file.parent, Settings(**kept["settings"]), discussions)
                repo.large.clear_unfinished()
                yield repo
