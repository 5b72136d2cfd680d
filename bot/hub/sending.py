"""Bring files to a branch on the Hub in one commit; runs only in the child process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

from bot.hub.errors import HubUnavailable
from bot.hub.jobs import PublishedFile
from bot.hub.looking import HUBS_OWN, tree_of
from bot.hub.matching import is_complete
from bot.hub.moving import Moving, Report

Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete


def send(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    parent: str,
    message: str,
    report: Report,
    branch: str,
    copies: Mapping[str, CommitOperationCopy],
    *,
    is_verified: bool = False,
) -> str:
    """Bring all files over in one commit on ``parent``, which leaves nothing else on the branch; give it.

    What is already there is not sent again, and what ``copies`` names the Hub copies. ``is_verified`` says
    that the commit is downloaded and hashed afterwards.
    """
    there = tree_of(api, hub_id, branch)
    if is_complete(there, folder, files):
        total = sum(file.size for file in files)
        report(total, total)
        return str(api.model_info(hub_id, revision=branch).sha)
    moving = Moving(files, report, is_verified=is_verified)
    try:
        moving.begin()
        additions = [moving.addition(folder, file) for file in files if file.path not in copies]
        api.preupload_lfs_files(hub_id, additions, revision=branch)
        if moving.changed:
            raise HubUnavailable(f"{moving.changed[0]} changed on the disk of the service while it was sent.")
        operations: list[Operation] = [
            *additions,
            *copies.values(),
            *_removals(there, {file.path for file in files}),
        ]
        commit = api.create_commit(
            hub_id, operations, commit_message=message, parent_commit=parent, revision=branch
        )
    finally:
        moving.close()
    moving.end()
    return str(commit.oid)


def _removals(there: Iterable[str], wanted: AbstractSet[str]) -> list[CommitOperationDelete]:
    return [CommitOperationDelete(path, is_folder=False) for path in sorted(set(there) - wanted - HUBS_OWN)]
