"""Compare a repository on the Hub with the hashes it says it has; runs only in the child process."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from bot.hub.jobs import ATTESTATIONS
from bot.hub.looking import fresh_copy
from bot.hub.moving import Report


def operations(report: Report) -> dict[str, Callable[..., dict[str, Any]]]:
    """Give each operation of the child process by its name; transfers are told to ``report``."""

    def of_attestations(api: HfApi, hub_id: str, commit: str, paths: list[str], into: str) -> dict[str, Any]:
        fetch_attestations(api, hub_id, commit, paths, Path(into))
        return {}

    def of_compare(api: HfApi, hub_id: str, commit: str, files: list[dict[str, Any]]) -> dict[str, Any]:
        return {"differing": compare(api, hub_id, commit, files, report)}

    return {"attestations": of_attestations, "compare": of_compare}


def fetch_attestations(api: HfApi, hub_id: str, commit: str, paths: list[str], into: Path) -> None:
    """Download those of the files that attest a model whose ``paths`` are given, into a folder."""
    for path in ATTESTATIONS:
        if path in paths:
            with fresh_copy(api, hub_id, commit, path) as copy:
                shutil.copyfile(copy, into / path)


def compare(api: HfApi, hub_id: str, commit: str, files: list[dict[str, Any]], report: Report) -> list[str]:
    """Download every file, one at a time, and name those that have another SHA-256 than given."""
    differing: list[str] = []
    total, done = sum(file["size"] for file in files), 0
    for file in files:
        with fresh_copy(api, hub_id, commit, file["path"]) as path, path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file["sha256"]:
                differing.append(file["path"])
        done += file["size"]
        report(done, total)
    return differing
