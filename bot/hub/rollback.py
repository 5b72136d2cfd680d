"""Bring a model back to an earlier version in one commit; runs only in the child process."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from huggingface_hub import CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub.errors import RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.afresh import differences
from bot.hub.errors import HubRefused
from bot.hub.jobs import Published, Verified
from bot.hub.looking import HUBS_OWN, find_model, tags_of, tree_of
from bot.hub.moving import Report
from bot.hub.staging import MAIN
from bot.hub.tagging import make_tag
from bot.hub.versions import newest, precedence, version_before
from bot.hub.ways_back import HeldFile, Standing, WayBack

LISTED = 10
"""Versions that are named to somebody who asked for one that is not there."""


def look_back(api: HfApi, hub_id: str, version: str) -> WayBack:
    """Find the way to ``version``, or to the one before the current one when that is empty.

    Raises HubRefused when there is no such version, or when people get it already.
    """
    info = find_model(api, hub_id)
    if info is None:
        raise HubRefused(f"{hub_id} does not exist on the Hub, so there is nothing to go back to.")
    head = str(info.sha)
    versions = {name: commit for name, commit in tags_of(api, hub_id).items() if precedence(name)}
    current = newest([name for name, commit in versions.items() if commit == head])
    tag = f"v{version}" if version else _before(hub_id, versions, current)
    if tag not in versions:
        known = ", ".join(name.removeprefix("v") for name in sorted(versions)[-LISTED:]) or "none"
        raise HubRefused(
            f"{hub_id} has no version {version} on the Hub.",
            f"Choose one that is there; these are: {known}.",
        )
    there, wanted = files_of(api, hub_id, head), files_of(api, hub_id, versions[tag])
    changed = tuple(path for path in sorted(wanted) if _blob(there, path) != wanted[path].blob_id)
    removed = tuple(sorted(there.keys() - wanted.keys()))
    if not changed and not removed:
        raise HubRefused(f"{hub_id} holds exactly the files of {tag} already; there is nothing to go back.")
    if not wanted:
        raise HubRefused(f"{tag} of {hub_id} holds no files, so nobody could use what that leaves.")
    return WayBack(
        url=f"{api.endpoint}/{hub_id}",
        public=not info.private,
        head=head,
        current=current,
        tag=tag,
        old=versions[tag],
        files=tuple(held(wanted[path]) for path in sorted(wanted)),
        changed=changed,
        removed=removed,
    )


def standing(api: HfApi, hub_id: str) -> Standing:
    """Look where a model stands. Raises HubRefused when it is not on the Hub."""
    info = find_model(api, hub_id)
    if info is None:
        raise HubRefused(f"{hub_id} does not exist on the Hub, or the Hub token may not see it.")
    head, tags = str(info.sha), tags_of(api, hub_id)
    placed = [(place, name) for name in tags if (place := precedence(name)) is not None]
    ordered = [name for _, name in sorted(placed, reverse=True)]
    return Standing(
        url=f"{api.endpoint}/{hub_id}",
        public=not info.private,
        head=head,
        current=newest([name for name in ordered if tags[name] == head]),
        versions={name: tags[name] for name in ordered},
    )


def go_back(
    api: HfApi, hub_id: str, head: str, old: str, files: tuple[HeldFile, ...], message: str
) -> Published:
    """Give main exactly ``files``, which the commit ``old`` holds, in one commit on ``head``.

    The Hub copies large files itself; nothing is removed from the history. Done already, it is left alone.
    Raises HubRefused when main was changed by somebody else since.
    """
    info = find_model(api, hub_id)
    now = str(info.sha) if info else ""
    if now and now != head and _is(files_of(api, hub_id, now), files):
        return Published(now)
    if now != head:
        raise HubRefused(
            f"Somebody changed {hub_id} after the way back was looked for; that change was not replaced.",
            "Look at that change, then ask for it again.",
        )
    there = files_of(api, hub_id, head)
    operations: list[CommitOperationCopy | CommitOperationDelete] = [
        CommitOperationCopy(file.path, file.path, src_revision=old)
        for file in files
        if _blob(there, file.path) != file.blob
    ]
    wanted = {file.path for file in files}
    operations += [CommitOperationDelete(path, is_folder=False) for path in sorted(there.keys() - wanted)]
    commit = api.create_commit(hub_id, operations, commit_message=message, parent_commit=head, revision=MAIN)
    return Published(str(commit.oid))


def verify_back(
    api: HfApi, hub_id: str, commit: str, files: tuple[HeldFile, ...], report: Report
) -> Verified:
    """Download every file of ``commit`` afresh and compare it with what the version held.

    Raises HubRefused naming what differs.
    """
    wrong = differences(api, hub_id, commit, files, _is_content, report)
    if wrong:
        raise HubRefused(
            f"What {hub_id} holds now is not what the version held: {'; '.join(wrong[:5])}.",
            "Look at the repository on the Hub.",
        )
    return Verified(commit, len(files), sum(file.size for file in files))


def move_tag(api: HfApi, hub_id: str, name: str, was: str, commit: str, message: str) -> None:
    """Put the tag, which stood on ``was``, on ``commit``.

    The Hub has no call for this: the tag is deleted and made again. Repeated after a death in between, it is
    made. A deletion that the Hub carries out only after it was asked for again would take the new tag with
    it, which is one more reason to wait between two tries. Raises HubRefused when it stands on another one.
    """
    stands = tags_of(api, hub_id).get(name)
    if stands == was and was != commit:
        with suppress(RevisionNotFoundError):  # gone already is as good
            api.delete_tag(hub_id, tag=name)
        stands = None
    if stands is None:
        make_tag(api, hub_id, name, commit, message)
    if tags_of(api, hub_id).get(name) != commit:
        raise HubRefused(
            f"The tag {name} of {hub_id} was moved by somebody else meanwhile; it was left there.",
            f"Look at where it stands. The files of this version are at {commit[:12]} as well.",
        )


def files_of(api: HfApi, hub_id: str, revision: str) -> dict[str, RepoFile]:
    """Give the files of a revision by path, but those that are the Hub's own."""
    return {path: file for path, file in tree_of(api, hub_id, revision).items() if path not in HUBS_OWN}


def held(file: RepoFile) -> HeldFile:
    """Say what a version holds in our own words."""
    return HeldFile(file.path, file.size, file.blob_id, file.lfs.sha256 if file.lfs else "")


def _before(hub_id: str, versions: dict[str, str], current: str) -> str:
    if not current:
        raise HubRefused(
            f"No version stands at the head of {hub_id}, so which one is before it cannot be told.",
            "Name the version to go back to: /rollback-release 1.0.0",
        )
    finals = [name for name in versions if "-" not in name.partition("+")[0]]
    before = version_before([*finals, current], current)
    if before is None:
        raise HubRefused(
            f"{hub_id} has no version before {current.removeprefix('v')}.",
            "Name the version to go to, or withdraw this one.",
        )
    return before


def _blob(there: dict[str, RepoFile], path: str) -> str:
    return there[path].blob_id if path in there else ""


def _is(there: dict[str, RepoFile], files: tuple[HeldFile, ...]) -> bool:
    return {path: file.blob_id for path, file in there.items()} == {file.path: file.blob for file in files}


def _is_content(path: Path, file: HeldFile) -> bool:
    if not file.sha256:
        return git_hash(path.read_bytes()) == file.blob
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
