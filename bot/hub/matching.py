"""Tell whether a tree on the Hub holds exactly the files of a release; runs only in the child process."""

from __future__ import annotations

import hashlib
from pathlib import Path

from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.jobs import ATTESTATIONS, PublishedFile
from bot.hub.looking import HUBS_OWN


def is_complete(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
    """Tell whether the tree holds exactly these files, by the hashes the Hub declares.

    That is the SHA-256 of a large file, and git's own hash of a small one.
    """
    if there.keys() - HUBS_OWN != {file.path for file in files}:
        return False
    for file in files:
        declared = there[file.path]
        if declared.size != file.size:
            return False
        if declared.lfs is not None:
            if declared.lfs.sha256 != file.sha256:
                return False
        elif declared.blob_id != _hash_of_approved(folder, file):
            return False
    return True


def is_same_content(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
    """Tell whether the tree holds exactly these files, whatever attests them."""
    content = {path: file for path, file in there.items() if path not in ATTESTATIONS}
    return is_complete(content, folder, tuple(file for file in files if file.path not in ATTESTATIONS))


def _hash_of_approved(folder: Path, file: PublishedFile) -> str:
    """Give git's hash of a small file; empty, which no file has, when the disk holds another one by now."""
    content = (folder / file.path).read_bytes()
    return git_hash(content) if hashlib.sha256(content).hexdigest() == file.sha256 else ""
