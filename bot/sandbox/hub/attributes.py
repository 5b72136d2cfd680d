"""Decide which files go to large-file storage (.gitattributes, size) and which are left out (.gitignore)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pathspec import GitIgnoreSpec
from ruamel.yaml import YAML

from bot.sandbox.hub.names import RepoType


@cache
def _defaults() -> dict[RepoType, list[str]]:
    text = (files("bot.sandbox.hub") / "data/gitattributes.yaml").read_text()
    loaded: dict[RepoType, list[str]] = YAML(typ="safe").load(text)
    return loaded


def default_gitattributes(type_: RepoType) -> bytes:
    """Write the .gitattributes a new repository starts with."""
    lines = (f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in _defaults()[type_])
    return "".join(lines).encode()


def goes_to_large_storage(path: str, size: int, gitattributes: str, threshold: int) -> bool:
    """Say whether a file of ``size`` bytes is stored as a large file.

    Above ``threshold`` bytes it always is; below, the last pattern that sets a filter decides. An empty file
    never is: the client sends it as a regular one whatever it is told.
    """
    if size == 0 or size > threshold:
        return size > 0
    large = False
    for pattern, is_large in _filters(gitattributes):
        if pattern.match_file(path):
            large = is_large
    return large


@cache
def _filters(gitattributes: str) -> tuple[tuple[GitIgnoreSpec, bool], ...]:
    found = []
    for line in gitattributes.splitlines():
        pattern, *attributes = line.split() or ["#"]
        for attribute in attributes:
            if not pattern.startswith("#") and attribute.lstrip("-!").partition("=")[0] == "filter":
                found.append((GitIgnoreSpec.from_lines([pattern]), attribute == "filter=lfs"))
    return tuple(found)


def ignored(path: str, gitignore: str) -> bool:
    """Say whether .gitignore leaves a path, or a folder it is in, out."""
    return GitIgnoreSpec.from_lines(gitignore.splitlines()).match_file(path)
