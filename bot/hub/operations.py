"""The steps of publishing as the Hub's own client does them; runs only in the child process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
)
from huggingface_hub.hf_api import GitCommitInfo, RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.afresh import differences
from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import ATTESTATIONS, Access, Prospect, Published, PublishedFile, Staged, Uploaded, Verified
from bot.hub.looking import HUBS_OWN, changed_since, find_model, tags_of, tree_of
from bot.hub.moving import Moving, Report
from bot.hub.staging import MAIN, Found, check_place, staging_repository
from bot.hub.tagging import make_tag
from bot.hub.ways_back import withdrawn_in

_READS_ONLY = "read"
_OUR_COMMITS = 2
"""Commits a first release leaves in its repository: the Hub's own first one, and the release."""
_MOST_ATTEMPTS = 10
"""Commits of attempts at one version that are looked at; each that broke off late may have left one."""

Operation = CommitOperationAdd | CommitOperationDelete


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
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    release: str,
    tag: str,
    public: bool,
) -> Staged:
    """Make a private repository of this release's own, beside the model's, to prepare the files in.

    None is made when the model already holds exactly these files. Raises HubRefused as :func:`check_place`
    does. The model's own repository is only looked at.
    """
    access(api)
    url = f"{api.endpoint}/{hub_id}"
    base = ""
    if find_model(api, hub_id) is not None:
        found = found_at(api, hub_id, folder, files, tag, public)
        check_place(found, tag, public=public)
        base = found.head
        if found.complete:
            return Staged(url, hub_id, base, base, complete=True)
    beside = staging_repository(hub_id, release)
    api.create_repo(beside, private=True, exist_ok=True)
    info = find_model(api, beside)
    if info is None or not info.private:
        raise HubRefused(f"{beside}, where the release is prepared, is not private.", "Delete it on the Hub.")
    return Staged(url, beside, str(info.sha), base, complete=False)


def look(
    api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], tag: str, public: bool
) -> Prospect:
    """Say what publishing would find and change, and touch nothing."""
    access(api)
    try:
        if find_model(api, hub_id) is None:
            return Prospect()
        found = found_at(api, hub_id, folder, files, tag, public)
        check_place(found, tag, public=public)
    except HubRefused as error:
        return Prospect(is_there=True, hindrance=error.message, next_step=error.next_step)
    removes = sorted(tree_of(api, hub_id, found.head).keys() - {file.path for file in files} - HUBS_OWN)
    return Prospect(True, found.private, found.head, found.complete, tuple(removes))


def upload(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    parent: str,
    message: str,
    report: Report,
    branch: str = MAIN,
) -> Uploaded:
    """Bring all files over in one commit on ``parent``, which leaves nothing else on the branch.

    What is already there is not sent again.
    """
    there = tree_of(api, hub_id, branch)
    if _complete(there, folder, files):
        total = sum(file.size for file in files)
        report(total, total)
        return Uploaded(str(api.model_info(hub_id, revision=branch).sha))
    moving = Moving(files, report)
    try:
        moving.begin()
        additions = [moving.addition(folder, file) for file in files]
        api.preupload_lfs_files(hub_id, additions, revision=branch)
        if moving.changed:
            raise HubUnavailable(f"{moving.changed[0]} changed on the disk of the service while it was sent.")
        operations: list[Operation] = [*additions, *_removals(there, {file.path for file in files})]
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
    wrong = differences(api, hub_id, commit, files, _is_content, report)
    if wrong:
        raise HubRefused(
            f"What arrived in {hub_id} is not what was approved: {'; '.join(wrong[:5])}.",
            "Look at the repository on the Hub, then start the release again.",
        )
    return Verified(commit, len(files), sum(file.size for file in files))


def publish(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    base: str,
    tag: str,
    message: str,
    public: bool,
    report: Report,
) -> Published:
    """Bring the files to the main branch in one commit, and make the repository public if it shall be.

    They are sent from ``folder`` again: the Hub copies large files between repositories only when it knows
    their Xet hashes, which it need not right after an upload (huggingface_hub, ``_duplicate_lfs_files``).
    Raises HubRefused as :func:`check_place` does, and when main was changed by somebody else since.
    """
    if find_model(api, hub_id) is None:
        api.create_repo(hub_id, private=True, exist_ok=True)
    found = found_at(api, hub_id, folder, files, tag, public)
    if found.head != base and not found.complete and (base or not found.empty):
        raise changed_since(hub_id)
    check_place(found, tag, public=public)
    landed = upload(api, hub_id, folder, files, found.head, message, report).commit
    found = found_at(api, hub_id, folder, files, tag, public)
    if found.head != landed or not found.complete:
        raise changed_since(hub_id)
    check_place(found, tag, public=public)
    if public and found.private:
        api.update_repo_settings(hub_id, visibility="public")
    _confirm(api, hub_id, landed, public)
    return Published(landed)


def tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> None:
    """Put a tag on the commit.

    The same tag on the same commit is fine. Raises HubRefused when it stands on another one.
    """
    if name not in tags_of(api, hub_id):
        make_tag(api, hub_id, name, commit, message)
    if tags_of(api, hub_id).get(name) != commit:
        raise HubRefused(
            f"{hub_id} already has a tag {name} on another commit; it was not moved.",
            "Release under a new version.",
        )


def clear(api: HfApi, hub_id: str, release: str) -> None:
    """Delete the private repository in which the release was prepared, if there is one."""
    beside = staging_repository(hub_id, release)
    info = find_model(api, beside)
    if info is not None:
        api.delete_repo(beside, missing_ok=True)


def found_at(
    api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...], tag: str, public: bool
) -> Found:
    """Look at what is at a Hub id now, against the files of a release."""
    info = find_model(api, hub_id)
    if info is None:
        raise HubUnavailable(f"{hub_id} was there a moment ago and is not now.")
    head, private = str(info.sha), bool(info.private)
    there = tree_of(api, hub_id, head)
    # Of what is public, or stays private, nobody sees more than before.
    history = api.list_repo_commits(hub_id) if private and public else []
    return Found(
        hub_id,
        private=private,
        head=head,
        complete=_complete(there, folder, files),
        same_content=_same_content(there, folder, files),
        empty=not there.keys() - HUBS_OWN,
        tags=tags_of(api, hub_id),
        others=_others(api, hub_id, folder, files, tag, history) if private and public else (),
        withdrawn=withdrawn_in(commit.title for commit in history),
    )


def _others(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    tag: str,
    history: Sequence[GitCommitInfo],
) -> tuple[str, ...]:
    """Name what a private repository holds besides this release, in its history and beside it."""
    refs = api.list_repo_refs(hub_id, include_pull_requests=True)
    found = [f"the branch {one.name}" for one in refs.branches if one.name != MAIN]
    found += [f"the tag {one.name}" for one in refs.tags if one.name != tag]
    found += [f"the pull request {one.ref}" for one in refs.pull_requests or []]
    commits = [one.commit_id for one in history]
    attempts = [one for one in history if one.title.startswith(f"Release {tag.removeprefix('v')}")]
    only_attempts = len(commits) - len(attempts) <= 1 and len(attempts) <= _MOST_ATTEMPTS
    if len(commits) > _OUR_COMMITS and not only_attempts:
        return (*found, f"a history of {len(commits)} commits")
    for commit in commits:
        there = tree_of(api, hub_id, commit)
        if there.keys() - HUBS_OWN and not _same_content(there, folder, files):
            found.append(f"the commit {commit[:12]}")
    return tuple(found)


def _confirm(api: HfApi, hub_id: str, landed: str, public: bool) -> None:
    """Read back what publishing came to."""
    info = find_model(api, hub_id)
    if info is None or bool(info.private) == public:
        raise HubUnavailable(f"{hub_id} is not {'public' if public else 'private'} yet.")
    if info.sha != landed:
        raise changed_since(hub_id)


def _removals(there: Iterable[str], wanted: AbstractSet[str]) -> list[CommitOperationDelete]:
    return [CommitOperationDelete(path, is_folder=False) for path in sorted(set(there) - wanted - HUBS_OWN)]


def _complete(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
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


def _hash_of_approved(folder: Path, file: PublishedFile) -> str:
    """Give git's hash of a small file; empty, which no file has, when the disk holds another one by now."""
    content = (folder / file.path).read_bytes()
    return git_hash(content) if hashlib.sha256(content).hexdigest() == file.sha256 else ""


def _same_content(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
    """Tell whether the tree holds exactly these files, whatever attests them."""
    content = {path: file for path, file in there.items() if path not in ATTESTATIONS}
    return _complete(content, folder, tuple(file for file in files if file.path not in ATTESTATIONS))


def _is_content(path: Path, file: PublishedFile) -> bool:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
