"""The steps of publishing as the Hub's own client does them; runs only in the child process."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
)
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.errors import HubRefused
from bot.hub.jobs import Access, Published, PublishedFile, Staged, Uploaded, Verified
from bot.hub.moving import Moving, Report
from bot.hub.staging import MAIN, Found, choose_branch, staging_branch

_HUBS_OWN = frozenset({".gitattributes"})
"""Files the Hub puts into a new repository itself."""
_READS_ONLY = "read"

Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete


def access(api: HfApi) -> Access:
    """Ask whose token this is. Raises HubRefused when it can only read."""
    answer: dict[str, Any] = api.whoami()
    role = str(((answer.get("auth") or {}).get("accessToken") or {}).get("role", "unknown"))
    name = str(answer.get("name", ""))
    if role == _READS_ONLY:
        raise HubRefused(
            f"The Hub token of {name} can only read.",
            "Ask the operator to set a token that may write.",
        )
    organisations = tuple(str(one.get("name")) for one in answer.get("orgs") or [])
    return Access(name, role, organisations)


def stage(
    api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], tag: str, public: bool
) -> Staged:
    """Make a private repository for the files, or find where in the present one to prepare them.

    What an earlier attempt left is used. Raises HubRefused as :func:`choose_branch` does.
    """
    access(api)
    created = False
    try:
        info = api.model_info(hub_id)
    except RepositoryNotFoundError:
        api.create_repo(hub_id, private=True, exist_ok=True)
        info, created = api.model_info(hub_id), True
    base = str(info.sha)
    there = _tree(api, hub_id, base)
    foreign = there.keys() - {file.path for file in files} - _HUBS_OWN
    found = Found(
        hub_id,
        private=bool(info.private),
        head=base,
        complete=_complete(there, folder, files),
        empty=not there.keys() - _HUBS_OWN,
        foreign=tuple(sorted(foreign)),
        tags=_tags(api, hub_id),
    )
    branch = choose_branch(found, tag, public=public)
    if branch != MAIN:
        api.create_branch(hub_id, branch=branch, revision=base, exist_ok=True)
    head = base if branch == MAIN else _branches(api, hub_id)[branch]
    return Staged(f"{api.endpoint}/{hub_id}", branch, head, base, created, found.private, found.complete)


def upload(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    branch: str,
    parent: str,
    message: str,
    report: Report,
) -> Uploaded:
    """Bring all files over in one commit on ``parent``, which leaves nothing else on the branch.

    What is already there is not sent again.
    """
    head = _branches(api, hub_id)[branch]
    there = _tree(api, hub_id, head)
    if _complete(there, folder, files):
        total = sum(file.size for file in files)
        report(total, total)
        return Uploaded(head)
    moving = Moving(files, report)
    try:
        operations: list[Operation] = [
            CommitOperationAdd(file.path, moving.open(folder, file)) for file in files
        ]
        operations += _removals(there, {file.path for file in files})
        moving.begin()
        commit = api.create_commit(
            hub_id, operations, commit_message=message, parent_commit=parent, revision=branch
        )
    finally:
        moving.close()
    moving.end()
    return Uploaded(str(commit.oid))


def verify(
    api: HfApi, hub_id: str, commit: str, files: tuple[PublishedFile, ...], report: Report
) -> Verified:
    """Download every file afresh and hash it again; look for files nobody asked for.

    Raises HubRefused naming what differs.
    """
    there = _tree(api, hub_id, commit).keys() - _HUBS_OWN
    wanted = {file.path for file in files}
    wrong = [f"{path} is missing" for path in sorted(wanted - there)]
    wrong += [f"{path} was not part of the release" for path in sorted(there - wanted)]
    total = sum(file.size for file in files)
    done = 0
    for file in files:
        if file.path in there and not _same(api, hub_id, commit, file):
            wrong.append(f"{file.path} differs from what was approved")
        done += file.size
        report(done, total)
    if wrong:
        raise HubRefused(
            f"What arrived in {hub_id} is not what was approved: {'; '.join(wrong[:5])}.",
            "Look at the repository on the Hub, then start the release again.",
        )
    return Verified(commit, len(files), total)


def publish(
    api: HfApi, hub_id: str, branch: str, base: str, commit: str, message: str, public: bool
) -> Published:
    """Bring the verified commit to the main branch, and make the repository public if it shall be.

    Raises HubRefused when main was changed by somebody else since.
    """
    landed = commit if branch == MAIN else _land(api, hub_id, base, commit, message)
    info = api.model_info(hub_id)
    if info.sha != landed:
        raise _changed_since(hub_id)
    if public and info.private:
        api.update_repo_settings(hub_id, visibility="public")
    return Published(landed)


def tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> None:
    """Put a tag on the commit, then remove the branch it was prepared on.

    The same tag on the same commit is fine. Raises HubRefused when it stands on another one.
    """
    if name not in _tags(api, hub_id):
        try:
            api.create_tag(hub_id, tag=name, revision=commit, tag_message=message)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
    if _tags(api, hub_id).get(name) != commit:
        raise HubRefused(
            f"{hub_id} already has a tag {name} on another commit; it was not moved.",
            "Release under a new version.",
        )
    if staging_branch(name) in _branches(api, hub_id):
        api.delete_branch(hub_id, branch=staging_branch(name))


def _land(api: HfApi, hub_id: str, base: str, commit: str, message: str) -> str:
    """Copy the verified commit's files to main in one commit on ``base``; give main's commit.

    Not a merge of a pull request: a commit alone can be bound to the parent that was seen before, so that the
    Hub itself refuses it when somebody else was faster.
    """
    head = str(api.model_info(hub_id).sha)
    there, verified = _tree(api, hub_id, head), _tree(api, hub_id, commit)
    if _equal(there, verified):
        return head
    if head != base:
        raise _changed_since(hub_id)
    operations: list[Operation] = [
        CommitOperationCopy(path, path, src_revision=commit) for path in sorted(verified.keys() - _HUBS_OWN)
    ]
    operations += _removals(there, verified.keys())
    made = api.create_commit(hub_id, operations, commit_message=message, parent_commit=base, revision=MAIN)
    landed = str(made.oid)
    if not _equal(_tree(api, hub_id, landed), verified):
        raise HubRefused(
            f"The main branch of {hub_id} does not hold what was verified.",
            "Look at its last commit on the Hub.",
        )
    return landed


def _changed_since(hub_id: str) -> HubRefused:
    return HubRefused(
        f"Somebody changed {hub_id} after it was verified; that change was not replaced.",
        "Look at that change, then start the release again.",
    )


def _removals(there: Iterable[str], wanted: AbstractSet[str]) -> list[CommitOperationDelete]:
    return [CommitOperationDelete(path, is_folder=False) for path in sorted(set(there) - wanted - _HUBS_OWN)]


def _tags(api: HfApi, hub_id: str) -> dict[str, str]:
    return {one.name: one.target_commit for one in api.list_repo_refs(hub_id).tags}


def _branches(api: HfApi, hub_id: str) -> dict[str, str]:
    return {one.name: one.target_commit for one in api.list_repo_refs(hub_id).branches}


def _tree(api: HfApi, hub_id: str, revision: str) -> dict[str, RepoFile]:
    entries = api.list_repo_tree(hub_id, recursive=True, revision=revision)
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


def _complete(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
    """Tell whether the tree holds exactly these files, by the hashes the Hub declares.

    That is the SHA-256 of a large file, and git's own hash of a small one.
    """
    if there.keys() - _HUBS_OWN != {file.path for file in files}:
        return False
    for file in files:
        declared = there[file.path]
        if declared.size != file.size:
            return False
        if declared.lfs is not None:
            if declared.lfs.sha256 != file.sha256:
                return False
        elif declared.blob_id != git_hash((folder / file.path).read_bytes()):
            return False
    return True


def _equal(one: dict[str, RepoFile], other: dict[str, RepoFile]) -> bool:
    """Compare two trees by the hashes the Hub keeps of every file."""
    return _hashes(one) == _hashes(other)


def _hashes(tree: dict[str, RepoFile]) -> dict[str, str]:
    return {
        path: entry.lfs.sha256 if entry.lfs else entry.blob_id
        for path, entry in tree.items()
        if path not in _HUBS_OWN
    }


def _same(api: HfApi, hub_id: str, commit: str, file: PublishedFile) -> bool:
    cache = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        path = hf_hub_download(
            hub_id,
            file.path,
            revision=commit,
            cache_dir=cache,
            force_download=True,
            endpoint=api.endpoint,
        )
        with Path(path).open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
    finally:
        shutil.rmtree(cache)
