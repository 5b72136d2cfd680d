"""Read who worked on a repository, and from when to when, from the objects of its ``.git`` folder.

Git itself walks through the commits, in an empty repository of ours that borrows the objects: no hook,
configuration, attribute or alternate of the folder is in force, and nothing is checked out.
Source: the Git documentation, gitrepository-layout and git-log.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bot.cards.artifacts import CannotRead, open_file, text
from bot.cards.facts import Fact
from bot.scratch import Scratch

MAX_COMMITS = 20_000
"""Commits looked at, from the newest; of a longer history the beginning is not told."""
MAX_AUTHORS = 20
SECONDS = 20
MEMORY = 2 * 1024**3
"""Bytes of memory git gets: a commit of a few bytes may unpack to any number."""
_SETTINGS = (
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "core.packedGitWindowSize=32m",
    "core.packedGitLimit=512m",
)
_MAX_REF = 4 * 1024
_MAX_PACKED_REFS = 4 * 1024 * 1024
_REF = re.compile(r"ref: (refs/[A-Za-z0-9][\w./@+-]{0,200})\n?", re.ASCII)
_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})\n?")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of the history that ``.git/HEAD`` ends; without addresses. Raises CannotRead."""
    head, key = _head(path)
    if head is None:
        return
    objects = path.parent / "objects"
    if objects.is_symlink() or not objects.is_dir():
        raise CannotRead("there are no objects beside it")
    if any(entry.is_symlink() for entry in chain(objects.iterdir(), objects.glob("pack/*"))):
        raise CannotRead("there are links among its objects")
    if (objects / "info" / "alternates").exists():
        raise CannotRead("its objects are in another repository")
    log = _log(head, objects)
    dates = [date for date, _ in log]
    yield Fact("git.commit", head, file, key)
    if len(log) < MAX_COMMITS:
        yield Fact("git.commits", len(log), file, "log")
        yield Fact("git.first_commit", min(dates), file, "log.author_date")
    yield Fact("git.last_commit", max(dates), file, "log.author_date")
    authors = Counter(name for _, name in log if text(name))
    if authors:
        named = sorted(authors, key=lambda name: (-authors[name], name))
        yield Fact("git.authors", named[:MAX_AUTHORS], file, "log.author_name")


def _head(path: Path) -> tuple[str | None, str]:
    """Give the commit that is checked out, or None where there is none yet, and the name it goes by."""
    said = _small(path, _MAX_REF)
    commit = _COMMIT.fullmatch(said)
    if commit:
        return commit[1], ""
    ref = _REF.fullmatch(said)
    if not ref or ".." in ref[1]:
        raise CannotRead("it names no commit")
    name = ref[1]
    loose = path.parent / name
    if loose.is_file() and not any(part.is_symlink() for part in (loose, *loose.parents[: name.count("/")])):
        commit = _COMMIT.fullmatch(_small(loose, _MAX_REF))
        return (commit[1] if commit else None), name
    packed = path.parent / "packed-refs"
    if packed.is_file():
        for line in _small(packed, _MAX_PACKED_REFS).splitlines():
            commit_id, _, ref_name = line.partition(" ")
            if ref_name == name and _COMMIT.fullmatch(commit_id):
                return commit_id, name
    return None, name


def _small(path: Path, limit: int) -> str:
    with open_file(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise CannotRead(f"{path.name} is larger than {limit} bytes")
    return content.decode("utf-8", "replace")


def _log(head: str, objects: Path) -> list[tuple[str, str]]:
    """Give the date and author's name of each commit, the newest first."""
    git = shutil.which("git")
    if git is None:
        raise CannotRead("git is not installed here")
    with Scratch("git") as place:
        empty = Path(place)
        (empty / "refs").mkdir()
        (empty / "objects").mkdir()
        (empty / "HEAD").write_text("ref: refs/heads/none\n")
        kind = "[extensions]\n\tobjectFormat = sha256\n" if len(head) == 64 else ""
        version = 1 if kind else 0
        (empty / "config").write_text(f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{kind}")
        environment = {
            "GIT_DIR": place,
            "GIT_OBJECT_DIRECTORY": str(objects.resolve()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "HOME": place,
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
        }
        options = [part for setting in _SETTINGS for part in ("-c", setting)]
        form = ["--format=%as%x00%an", "--no-show-signature", "--no-mailmap", f"--max-count={MAX_COMMITS}"]
        try:
            done = subprocess.run(  # noqa: S603  # the arguments are ours, the commit is hexadecimal
                [git, *options, "--no-pager", "log", *form, head, "--"],
                env=environment,
                cwd=place,
                capture_output=True,
                timeout=SECONDS,
                preexec_fn=_limit_memory,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CannotRead(f"its history took longer than {SECONDS} seconds") from None
    if done.returncode != 0:
        raise CannotRead("its commits cannot be read: some may be missing")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [(date, name) for date, _, name in (line.partition("\0") for line in lines)]


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
