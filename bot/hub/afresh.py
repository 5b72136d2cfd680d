"""Download what a commit on the Hub holds afresh, and compare it with what it is to hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from huggingface_hub import HfApi

from bot.hub.looking import HUBS_OWN, fresh_copy, tree_of
from bot.hub.moving import Report


class Named(Protocol):
    """Name a file by its path in the repository and its size in bytes."""

    @property
    def path(self) -> str:
        """Give the path."""

    @property
    def size(self) -> int:
        """Give the size."""


F = TypeVar("F", bound=Named)


def differences(
    api: HfApi,
    hub_id: str,
    commit: str,
    files: Sequence[F],
    is_content: Callable[[Path, F], bool],
    report: Report,
) -> list[str]:
    """Say which of ``files`` are missing or others, and what else is there; nothing when none is.

    ``is_content`` tells whether a download is a file's content. ``report`` is told the bytes that are behind.
    """
    there = tree_of(api, hub_id, commit).keys() - HUBS_OWN
    wanted = {file.path for file in files}
    wrong = [f"{path} is missing" for path in sorted(wanted - there)]
    wrong += [f"{path} was not part of it" for path in sorted(there - wanted)]
    total, done = sum(file.size for file in files), 0
    for file in files:
        if file.path in there:
            with fresh_copy(api, hub_id, commit, file.path) as path:
                if not is_content(path, file):
                    wrong.append(f"{file.path} differs")
        done += file.size
        report(done, total)
    return wrong
