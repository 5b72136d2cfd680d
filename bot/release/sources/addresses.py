"""Read the manifest's ``source``: a folder of the repository, or the address of content kept elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bot.cards.hub_ids import is_hub_id
from bot.places import leads_elsewhere

LONGEST = 1000
"""Characters of a source, at most."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20}):")
_TAG = re.compile(r"(?!.*(?:\.\.|@\{|//))[^\s~^:?*\[\\/\x00-\x1f-][^\s~^:?*\[\\\x00-\x1f]{0,249}")
"""A git tag (git check-ref-format), as far as GitHub lets a release have one."""
_PATTERN = re.compile(r"[A-Za-z0-9._@+*?-]{1,255}")
_ARTIFACT = re.compile(r'artifact:([0-9]{1,19})/([^":<>|*?\r\n\\/]{1,255})')
"""GitHub refuses these characters in an artifact's name (actions/upload-artifact, README)."""
_REVISION = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")
_VERSION = re.compile(r"models:/([^/@:#?%\\\s][^/@:#?%\\]{0,199})(?:/([0-9]{1,9})|@([\w-]{1,100}))")
_RUN = re.compile(r"runs:/([0-9A-Za-z]{1,64})(?:/(.{1,500}))?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,260}")
_WEB_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_SHA256 = re.compile(r"sha256=([0-9a-f]{64})")


@dataclass(frozen=True)
class Folder:
    """A folder of the repository, at the commit the release was asked for."""

    path: str


@dataclass(frozen=True)
class ReleaseAssets:
    """The files attached to a published GitHub Release, those whose name fits one of the patterns."""

    tag: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Artifact:
    """What a run of GitHub Actions kept under a name."""

    run: int
    name: str


@dataclass(frozen=True)
class HubRevision:
    """A repository on the Hub, at a branch, tag or commit."""

    repository: str
    revision: str


@dataclass(frozen=True)
class TrackedModel:
    """A model in MLflow: a version of a registered one by number or alias, or a path of a run's artifacts."""

    model: str = ""
    version: str = ""
    alias: str = ""
    run: str = ""
    path: str = ""

    def __str__(self) -> str:
        if self.run:
            return f"runs:/{self.run}" + (f"/{self.path}" if self.path else "")
        return f"models:/{self.model}" + (f"@{self.alias}" if self.alias else f"/{self.version}")


@dataclass(frozen=True)
class WebAddress:
    """One file on a web server, or a folder (``url`` ends with ``/``) that lists its files in SHA256SUMS."""

    url: str
    sha256: str | None = None


@dataclass(frozen=True)
class Bucket:
    """The objects below a prefix of an S3 or Google Cloud Storage bucket."""

    protocol: str
    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"{self.protocol}://{self.bucket}/{self.prefix}"


Address = Folder | ReleaseAssets | Artifact | HubRevision | TrackedModel | WebAddress | Bucket


def parse_source(text: str) -> Address:
    """Read a source. Raises ValueError in words that fit behind a line and column."""
    if len(text) > LONGEST or not text.isprintable() or text != text.strip():
        raise ValueError("a source is one line of text")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return Folder(_inside(text))
    if scheme[1] not in _KINDS:
        raise ValueError(
            f'"{text[:80]}" is no source; write a folder of the repository, or an address that begins with '
            f"{', '.join(_KINDS)}"
        )
    return _KINDS[scheme[1]](text)


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path:
        raise ValueError(f'"{path[:80]}" is no path inside the repository')
    return pure.as_posix()


def _assets(text: str) -> ReleaseAssets:
    tag, slash, names = text.removeprefix("release:").rpartition("/")
    if not slash:
        tag, names = names, "*"
    patterns = tuple(names.split(","))
    if not _TAG.fullmatch(tag) or not all(_PATTERN.fullmatch(pattern) for pattern in patterns):
        raise ValueError(_wrong(text, "release:v1.0.0/model-*.safetensors,*.json"))
    return ReleaseAssets(tag, patterns)


def _artifact(text: str) -> Artifact:
    found = _ARTIFACT.fullmatch(text)
    if found is None:
        raise ValueError(_wrong(text, "artifact:1234567890/model, with the number of the run"))
    return Artifact(int(found[1]), found[2])


def _hub(text: str) -> HubRevision:
    repository, _, revision = text.removeprefix("hf://").partition("@")
    if "/" not in repository or not is_hub_id(repository) or not _REVISION.fullmatch(revision or "main"):
        raise ValueError(_wrong(text, "hf://owner/staging@main"))
    return HubRevision(repository, revision or "main")


def _registered(text: str) -> TrackedModel:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ValueError(_wrong(text, "models:/name/3 or models:/name@champion"))
    return TrackedModel(model=found[1], version=found[2] or "", alias=found[3] or "")


def _run(text: str) -> TrackedModel:
    found = _RUN.fullmatch(text)
    if found is None:
        raise ValueError(_wrong(text, "runs:/0123abcd/model"))
    return TrackedModel(run=found[1], path=_inside(found[2]) if found[2] else "")


def _web(text: str) -> WebAddress:
    parts = urlsplit(text)
    digest = _SHA256.fullmatch(parts.fragment) if parts.fragment else None
    if "?" in text:
        raise ValueError("an address with a ? often carries a key, so none is taken; write it without")
    if (
        not parts.hostname
        or "@" in parts.netloc
        or not _HOST.fullmatch(parts.netloc)
        or not _WEB_PATH.fullmatch(parts.path)
        or leads_elsewhere(parts.path)
        or (parts.fragment and digest is None)
    ):
        raise ValueError(_wrong(text, "https://models.example.org/digits.zip#sha256=..."))
    _ = parts.port  # raises ValueError for one that is none
    return WebAddress(text.partition("#")[0], digest[1] if digest else None)


def _bucket(text: str) -> Bucket:
    protocol, _, rest = text.partition("://")
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.removesuffix("/")
    parts = prefix.split("/") if prefix else []
    if not _BUCKET.fullmatch(bucket) or {"", ".", ".."}.intersection(parts) or set("?#*[]\\") & set(prefix):
        raise ValueError(_wrong(text, f"{protocol}://bucket/models/digits"))
    return Bucket(protocol, bucket, prefix)


_KINDS: dict[str, Callable[[str], Address]] = {
    "release": _assets,
    "artifact": _artifact,
    "hf": _hub,
    "models": _registered,
    "runs": _run,
    "https": _web,
    "http": _web,
    "s3": _bucket,
    "gs": _bucket,
}


def _wrong(text: str, example: str) -> str:
    return f'"{text[:80]}" cannot be read; write it as {example}'


JSON_SCHEMA: dict[str, Any] = {
    "type": "string",
    "maxLength": LONGEST,
    "anyOf": [
        {"title": "Folder of the repository", "pattern": r"^(?![A-Za-z][A-Za-z0-9+.-]*:)[^/\\][^\\]*$"},
        {"title": "Files of a GitHub Release", "pattern": r"^release:[^\s:]+$"},
        {"title": "Artifact of a GitHub Actions run", "pattern": r"^artifact:[0-9]+/[^/]+$"},
        {"title": "Repository on the Hub", "pattern": r"^hf://[^/\s]+/[^/@\s]+(@\S+)?$"},
        {"title": "Registered model in MLflow", "pattern": r"^models:/[^/@:]+(/[0-9]+|@[\w-]+)$"},
        {"title": "Artifacts of an MLflow run", "pattern": r"^runs:/[0-9A-Za-z]+(/.+)?$"},
        {"title": "File or folder on a web server", "pattern": r"^https?://[^@?\s]+$"},
        {"title": "Objects in a bucket", "pattern": r"^(s3|gs)://[a-z0-9][^?#*\s]*$"},
    ],
}
"""What editors are told of a source; :func:`parse_source` looks closer."""
