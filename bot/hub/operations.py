"""The steps of publishing as the Hub's own client does them; runs only in the child process."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.errors import HubRefused
from bot.hub.jobs import Access, PublishedFile, Staged, Uploaded, Verified

MAIN = "main"
STREAMED = 1024 * 1024
"""Bytes from which on a file's way to the Hub is reported while it goes, not only when it is through."""
REPORT_EVERY = 0.3
"""Seconds between two reports of progress, at least."""
_CHUNK = 1024 * 1024
_HUBS_OWN = frozenset({".gitattributes"})
"""Files the Hub puts into a new repository itself."""
_READS_ONLY = "read"

Report = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""


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


def stage(api: HfApi, hub_id: str, folder: Path, files: tuple[PublishedFile, ...]) -> Staged:
    """Make a private repository for the files, or go on with the one an earlier attempt left.

    A repository that holds anything else, or that is public with other content, is not touched:
    raises HubRefused.
    """
    access(api)
    created = False
    try:
        info = api.model_info(hub_id)
    except RepositoryNotFoundError:
        api.create_repo(hub_id, private=True, exist_ok=True)
        info, created = api.model_info(hub_id), True
    head = str(info.sha)
    there = _tree(api, hub_id, head)
    complete = _complete(there, folder, files)
    foreign = sorted(there.keys() - {file.path for file in files} - _HUBS_OWN)
    if not info.private and not complete:
        raise HubRefused(
            f"{hub_id} is already public with other content; it was not touched.",
            "Choose another hub_id, or make that repository private first.",
        )
    if foreign:
        raise HubRefused(
            f"{hub_id} holds files that are not part of this release ({', '.join(foreign[:3])}); "
            "it was not touched.",
            "Remove them there, add them to the release, or choose another hub_id.",
        )
    return Staged(f"{api.endpoint}/{hub_id}", head, created, bool(info.private), complete)


def upload(
    api: HfApi,
    hub_id: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    parent: str,
    message: str,
    report: Report,
) -> Uploaded:
    """Bring all files over in one commit on ``parent``; what is already there is not sent again."""
    head = str(api.model_info(hub_id).sha)
    if _complete(_tree(api, hub_id, head), folder, files):
        total = sum(file.size for file in files)
        report(total, total)
        return Uploaded(head)
    moving = _Moving(files, report)
    try:
        operations = [CommitOperationAdd(file.path, moving.open(folder, file)) for file in files]
        moving.begin()
        commit = api.create_commit(
            hub_id, operations, commit_message=message, parent_commit=parent, revision=MAIN
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


def publish(api: HfApi, hub_id: str, commit: str) -> None:
    """Make the repository public, if it still stands at the verified commit. Raises HubRefused."""
    info = api.model_info(hub_id)
    if info.sha != commit:
        raise HubRefused(
            f"Somebody changed {hub_id} after it was verified; it stays as it is.",
            "Look at that change, then start the release again.",
        )
    if info.private:
        api.update_repo_settings(hub_id, visibility="public")


def tag(api: HfApi, hub_id: str, name: str, commit: str, message: str) -> None:
    """Put a tag on the commit; the same tag on the same commit is fine. Raises HubRefused."""
    if _tagged(api, hub_id, name) is None:
        try:
            api.create_tag(hub_id, tag=name, revision=commit, tag_message=message)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
    found = _tagged(api, hub_id, name)
    if found != commit:
        raise HubRefused(
            f"{hub_id} already has a tag {name} on another commit; it was not moved.",
            "Release under a new version.",
        )


def _tagged(api: HfApi, hub_id: str, name: str) -> str | None:
    tags = api.list_repo_refs(hub_id).tags
    return next((one.target_commit for one in tags if one.name == name), None)


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


class _Moving:
    """Watch how far every file has gone, as the furthest byte the client read after hashing."""

    def __init__(self, files: tuple[PublishedFile, ...], report: Report) -> None:
        self._total = sum(file.size for file in files)
        self._watched: list[_Watched] = []
        self._report = report
        self._last = 0.0
        self._begun = False

    def open(self, folder: Path, file: PublishedFile) -> Path | BinaryIO:
        path = folder / file.path
        if file.size < STREAMED:
            return path
        watched = _Watched(path, self._moved)
        self._watched.append(watched)
        return watched

    def begin(self) -> None:
        self._begun = True
        for one in self._watched:
            one.furthest = 0
        self._report(0, self._total)

    def end(self) -> None:
        self._report(self._total, self._total)

    def close(self) -> None:
        for one in self._watched:
            one.close()

    def _moved(self) -> None:
        now = time.monotonic()
        if self._begun and now - self._last >= REPORT_EVERY:
            self._last = now
            self._report(sum(one.furthest for one in self._watched), self._total)


class _Watched(io.BufferedReader):
    """Read a file and remember the furthest byte read."""

    def __init__(self, path: Path, moved: Callable[[], None]) -> None:
        super().__init__(io.FileIO(path))
        self.furthest = 0
        self._moved = moved

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        self._moved()
        return content
