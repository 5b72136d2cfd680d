"""Find out what the Hub knows that the gates ask for; runs only in the child process."""

from __future__ import annotations

import fnmatch
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.sha import git_hash

from bot.hub.asking_as import asking_as
from bot.hub.jobs import DataFile, Earlier, KeptData, PublishedFile
from bot.hub.staging import MAIN, newer_at_head
from bot.hub.versions import precedence, version_before
from bot.hub.ways_back import withdrawn_in

MAX_RESULTS = 50
"""Files with results of one version that are fetched, at most."""
MAX_RESULT = 16 * 1024 * 1024
MAX_RECORD = 16 * 1024 * 1024
MAX_DATASETS = 10
MAX_HASHED = 100 * 1024 * 1024
"""Bytes of one dataset that are fetched to be hashed, because the Hub declares no SHA-256 of small files."""

Kind = Literal["model", "dataset"]


def earlier(
    api: HfApi,
    hub_id: str,
    tag: str,
    folder: Path,
    files: tuple[PublishedFile, ...],
    patterns: Sequence[str],
    into: Path,
    withdrawn: Sequence[str] = (),
) -> Earlier:
    """List the versions of a model, and bring the results of the one before ``tag`` to the folder ``into``.

    ``patterns`` say what files with results are called, such as ``*/results_*.json``. ``withdrawn`` names
    versions whose withdrawal is known besides from the model's history.
    """
    try:
        refs = api.list_repo_refs(hub_id)
    except (RepositoryNotFoundError, HFValidationError):
        return Earlier()
    versions = {one.name: one.target_commit for one in refs.tags if precedence(one.name)}
    is_same = None
    if tag in versions and files:
        is_same = _holds(_tree(api, "model", hub_id, versions[tag]), folder, files)
    head = next((one.target_commit for one in refs.branches if one.name == MAIN), "")
    known = Earlier(
        tuple(versions),
        is_same=is_same,
        ahead=newer_at_head(versions, head, tag),
        withdrawn=_withdrawn(api, hub_id, withdrawn),
    )
    before = version_before(versions, tag)
    if before is None:
        return known
    found = [
        one
        for one in _tree(api, "model", hub_id, versions[before]).values()
        if any(is_like(one.path, pattern) for pattern in patterns)
    ]
    left_out = [one.path for place, one in enumerate(found) if one.size > MAX_RESULT or place >= MAX_RESULTS]
    for one in found:
        if one.path not in left_out:
            _fetch(api, "model", hub_id, versions[before], one.path, into / one.path)
    return replace(known, before=before, unread=tuple(left_out))


def _withdrawn(api: HfApi, hub_id: str, besides: Sequence[str]) -> tuple[str, ...]:
    """Name the versions that were withdrawn from a model that is private."""
    if not api.model_info(hub_id).private:
        return ()
    told = withdrawn_in(commit.title for commit in api.list_repo_commits(hub_id))
    return tuple(sorted({*told, *besides}))


def data_of(api: HfApi, hub_id: str, datasets: Sequence[str], record: str) -> Iterator[KeptData]:
    """Yield each dataset of a model with its files and its checklist, which is a file called ``record``."""
    for name in datasets[:MAX_DATASETS]:
        asker = asking_as(api, name, hub_id)
        try:
            head = str(asker.dataset_info(name).sha)
            tree = _tree(asker, "dataset", name, head)
        except (RepositoryNotFoundError, HFValidationError):
            yield KeptData(name, is_found=False)
            continue
        place = min((one for one in tree if one.rpartition("/")[2] == record), key=_depth, default="")
        if not place or tree[place].size > MAX_RECORD:
            yield KeptData(name, place=place)
            continue
        text = _content(asker, name, head, place).decode("utf-8", "replace")
        yield KeptData(name, place=place, record=text, files=tuple(_hashed(asker, name, head, tree.values())))
    for name in datasets[MAX_DATASETS:]:
        yield KeptData(name, is_found=False, is_beyond=True)


def _hashed(api: HfApi, name: str, head: str, files: Iterable[RepoFile]) -> Iterator[DataFile]:
    """Yield the SHA-256 of each file: of large ones the declared one, of small ones their own."""
    left = MAX_HASHED
    for one in files:
        if one.lfs is not None:
            yield DataFile(one.path, one.lfs.sha256)
            continue
        left -= one.size
        yield DataFile(
            one.path,
            hashlib.sha256(_content(api, name, head, one.path)).hexdigest() if left >= 0 else "",
        )


def _holds(there: dict[str, RepoFile], folder: Path, files: tuple[PublishedFile, ...]) -> bool:
    """Tell whether a tree holds all these files, by the hashes the Hub declares."""
    return all(
        (declared := there.get(file.path)) is not None
        and declared.size == file.size
        and (
            declared.lfs.sha256 == file.sha256
            if declared.lfs is not None
            else declared.blob_id == git_hash((folder / file.path).read_bytes())
        )
        for file in files
    )


def _tree(api: HfApi, kind: Kind, hub_id: str, revision: str) -> dict[str, RepoFile]:
    entries = api.list_repo_tree(hub_id, recursive=True, revision=revision, repo_type=kind)
    return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}


def _content(api: HfApi, name: str, revision: str, path: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="data-") as place:
        target = Path(place) / "file"
        _fetch(api, "dataset", name, revision, path, target)
        return target.read_bytes()


def _fetch(api: HfApi, kind: Kind, hub_id: str, revision: str, path: str, target: Path) -> None:
    """Download a file to a place of our own choosing, past the cache of the Hub's client."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-") as cache:
        found = hf_hub_download(
            hub_id,
            path,
            repo_type=kind,
            revision=revision,
            cache_dir=cache,
            endpoint=api.endpoint,
            token=api.token,
        )
        shutil.copyfile(found, target)


def is_like(path: str, pattern: str) -> bool:
    """Match a path part by part, so that a star stays within a folder and leads out of none."""
    parts, wanted = path.split("/"), pattern.split("/")
    is_inside = "\\" not in path and not {"", ".", ".."}.intersection(parts)
    return is_inside and len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def _depth(path: str) -> tuple[int, str]:
    return path.count("/"), path
