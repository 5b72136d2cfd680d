"""Look at a repository on the Hub and download it at one commit; runs only in the child process."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.looking import HUBS_OWN, tree_of
from bot.hub.moving import Report
from bot.hub.revision import Revision, RevisionFile

MOST_FILES = 5000
"""Files of a repository that are fetched at most, so that their list fits into one line of JSON."""
_CACHE = ".cache/huggingface"
"""What the client leaves in a folder that it downloads to."""


def operations(report: Report) -> dict[str, Callable[..., dict[str, Any]]]:
    """Give each operation of the child process by its name; transfers are told to ``report``."""

    def find(api: HfApi, hub_id: str, revision: str) -> dict[str, Any]:
        return asdict(find_revision(api, hub_id, revision))

    def fetch(api: HfApi, hub_id: str, commit: str, folder: str) -> dict[str, Any]:
        fetch_revision(api, hub_id, commit, Path(folder), report)
        return {}

    return {"find_revision": find, "fetch_revision": fetch}


def find_revision(api: HfApi, hub_id: str, revision: str) -> Revision:
    """Find the commit that a branch or tag stands on, and the files there."""
    try:
        info = api.model_info(hub_id, revision=revision)
    except RevisionNotFoundError as error:
        raise HubRefused(
            f"{hub_id} has no branch, tag or commit {revision}.", "Check how it is spelled."
        ) from error
    commit = str(info.sha)
    files = [RevisionFile(file.path, file.size) for file in _files(api, hub_id, commit)]
    if not 0 < len(files) <= MOST_FILES:
        raise HubRefused(f"{hub_id} holds no files, or more than {MOST_FILES:,}.", "Look at it on the Hub.")
    return Revision(commit, tuple(files))


def fetch_revision(api: HfApi, hub_id: str, commit: str, folder: Path, report: Report) -> None:
    """Download every file of a commit into ``folder`` and compare it with the hash the Hub declares.

    What broke off is gone on with by the client itself. Raises HubUnavailable when a file differs.
    """
    files = _files(api, hub_id, commit)
    total, done = sum(file.size for file in files), 0
    for file in files:
        path = Path(
            hf_hub_download(hub_id, file.path, revision=commit, local_dir=folder, endpoint=api.endpoint)
        )
        if not _is_the_same(path, file):
            raise HubUnavailable(f"{file.path} of {hub_id} arrived damaged.")
        done += file.size
        report(done, total)
    shutil.rmtree(folder / _CACHE, ignore_errors=True)
    with suppress(OSError):  # not empty where the repository has such a folder too
        (folder / _CACHE).parent.rmdir()


def _files(api: HfApi, hub_id: str, commit: str) -> list[RepoFile]:
    return [file for path, file in tree_of(api, hub_id, commit).items() if path not in HUBS_OWN]


def _is_the_same(path: Path, file: RepoFile) -> bool:
    if file.lfs is None:
        return bool(git_hash(path.read_bytes()) == file.blob_id)
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.lfs.sha256
