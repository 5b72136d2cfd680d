"""Put what the Hub knows into the shapes its clients read (huggingface_hub, hf_api.py)."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Iterable
from typing import TypedDict

from bot.sandbox.hub.cards import metadata_of
from bot.sandbox.hub.collections import Collection
from bot.sandbox.hub.discussions import Discussion, isoformat
from bot.sandbox.hub.gitstore import Commit
from bot.sandbox.hub.repository import File, Repo

Shape = dict[str, object]

HEADER_LIMIT = 25_000_000
"""Bytes of a safetensors header that are read (huggingface_hub's own limit)."""


class Info(TypedDict):
    """What every answer about a repository starts from."""

    commit: str
    files: list[File]
    metadata: dict[str, object]


def look(repo: Repo, commit: str) -> Info:
    """Gather what a commit says of its repository."""
    return {
        "commit": commit,
        "files": repo.files(commit),
        "metadata": metadata_of(repo.text(commit, "README.md")),
    }


def repo_shape(repo: Repo, info: Info, *, blobs: bool = False) -> Shape:
    """Describe a repository at a commit, as ``model_info`` and ``dataset_info`` read it."""
    metadata, files = info["metadata"], info["files"]
    commit = repo.git.commit(info["commit"])
    shape: Shape = {
        "_id": hashlib.sha256(f"{repo.name.path} {repo.settings.created}".encode()).hexdigest()[:24],
        "id": repo.name.id,
        "author": repo.name.namespace,
        "sha": commit.oid,
        "lastModified": isoformat(commit.date),
        "createdAt": repo.settings.created,
        "private": repo.settings.private,
        "gated": repo.settings.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": tags(metadata),
        "cardData": metadata,
        "siblings": [sibling(file, blobs=blobs) for file in files],
        "usedStorage": sum(file.size for file in files),
    }
    if repo.name.type == "model":
        shape.update(_model_fields(repo, info))
    if repo.name.type == "space":
        shape["sdk"] = repo.settings.sdk
    return shape


def _model_fields(repo: Repo, info: Info) -> Shape:
    metadata = info["metadata"]
    shape: Shape = {"modelId": repo.name.id, "spaces": [], "model-index": metadata.get("model-index")}
    for key in ("pipeline_tag", "library_name"):
        if isinstance(metadata.get(key), str):
            shape[key] = metadata[key]
    config = repo.text(info["commit"], "config.json")
    if config is not None:
        shape["config"] = _config(config)
    tensors = safetensors(repo, info["files"])
    if tensors:
        shape["safetensors"] = {"parameters": tensors, "total": sum(tensors.values())}
    shape["baseModels"] = _strings(metadata.get("base_model"))
    return shape


def tags(metadata: dict[str, object]) -> list[str]:
    """List the tags the Hub shows: those of the card, and those it makes of other fields."""
    found = [text for key in ("library_name",) for text in _strings(metadata.get(key))]
    found += _strings(metadata.get("tags")) + _strings(metadata.get("language"))
    for key, prefix in (
        ("license", "license"),
        ("datasets", "dataset"),
        ("base_model", "base_model"),
        ("task_categories", "task_categories"),
        ("size_categories", "size_categories"),
    ):
        found += [f"{prefix}:{text}" for text in _strings(metadata.get(key))]
    return list(dict.fromkeys([*found, "region:us"]))


def sibling(file: File, *, blobs: bool) -> Shape:
    """Describe a file inside an answer about its repository."""
    shape: Shape = {"rfilename": file.path}
    if blobs:
        shape.update(size=file.size, blobId=file.blob)
        if file.pointer:
            pointer_size = len(file.pointer.blob())
            shape["lfs"] = {"sha256": file.pointer.sha256, "size": file.size, "pointerSize": pointer_size}
    return shape


def entry(file: File, last_commit: Commit | None = None) -> Shape:
    """Describe a file of a tree."""
    shape: Shape = {"type": "file", "oid": file.blob, "size": file.size, "path": file.path}
    if file.pointer:
        pointer_size = len(file.pointer.blob())
        shape["lfs"] = {"oid": file.pointer.sha256, "size": file.size, "pointerSize": pointer_size}
    return _with_last_commit(shape, last_commit)


def folder(path: str, tree: str, last_commit: Commit | None = None) -> Shape:
    """Describe a folder of a tree."""
    return _with_last_commit({"type": "directory", "oid": tree, "size": 0, "path": path}, last_commit)


def _with_last_commit(shape: Shape, commit: Commit | None) -> Shape:
    if commit is not None:
        shape["lastCommit"] = {"id": commit.oid, "title": commit.title, "date": isoformat(commit.date)}
        if shape["type"] == "file":
            unscanned: Shape = {"status": "unscanned", "avScan": None, "pickleImportScan": None}
            shape["securityFileStatus"] = unscanned
    return shape


def commit_shape(commit: Commit) -> Shape:
    """Describe a commit in a history."""
    return {
        "id": commit.oid,
        "title": commit.title,
        "message": commit.description,
        "date": isoformat(commit.date),
        "authors": [{"user": commit.author}],
    }


def refs_shape(refs: dict[str, str], *, pull_requests: bool) -> Shape:
    """Sort refs the way ``list_repo_refs`` reads them."""
    kinds = {"branches": "refs/heads/", "tags": "refs/tags/", "converts": "refs/convert/"}
    if pull_requests:
        kinds["pullRequests"] = "refs/pr/"
    return {
        kind: [
            {"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": oid}
            for ref, oid in refs.items()
            if ref.startswith(prefix)
        ]
        for kind, prefix in kinds.items()
    }


def discussion_shape(repo: Repo, discussion: Discussion) -> Shape:
    """Describe a discussion in a list."""
    return {
        "num": discussion.num,
        "title": discussion.title,
        "author": {"name": discussion.author, "type": "user"},
        "createdAt": discussion.created,
        "status": discussion.status,
        "isPullRequest": discussion.is_pull_request,
        "repo": {"name": repo.name.id, "type": repo.name.type},
        "numComments": sum(event["type"] == "comment" for event in discussion.events),
        "pinned": False,
    }


def collection_shape(collection: Collection) -> Shape:
    """Describe a collection with its items."""
    return {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "owner": {"name": collection.owner, "type": "user"},
        "items": [
            {"_id": item.key, "id": item.id, "type": item.kind, "position": position}
            | ({"note": {"text": item.note, "html": ""}} if item.note else {})
            for position, item in enumerate(collection.items)
        ],
        "lastUpdated": collection.updated,
        "position": collection.position,
        "private": collection.private,
        "theme": collection.theme,
        "upvotes": 0,
    }


def safetensors(repo: Repo, files: Iterable[File]) -> dict[str, int]:
    """Count the parameters in safetensors files by kind of number; an unreadable header counts nothing."""
    counts: dict[str, int] = {}
    for file in files:
        if not (file.pointer and file.path.endswith(".safetensors")):
            continue
        path = repo.large.path(file.pointer.sha256)
        try:
            with path.open("rb") as opened:
                (length,) = struct.unpack("<Q", opened.read(8))
                header = json.loads(opened.read(length)) if length <= HEADER_LIMIT else {}
            for name, tensor in header.items():
                if name != "__metadata__":
                    kind = str(tensor["dtype"])
                    counts[kind] = counts.get(kind, 0) + math.prod(tensor["shape"])
        except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError):
            continue
    return counts


def _config(text: str) -> Shape:
    try:
        loaded = json.loads(text)
    except ValueError:
        return {}
    keys = ("architectures", "model_type", "auto_map", "quantization_config")
    return {key: loaded[key] for key in keys if key in loaded} if isinstance(loaded, dict) else {}


def _strings(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
