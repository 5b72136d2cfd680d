"""Tell what a file is, by its first bytes before its name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

HEAD = 8192
"""Bytes looked at."""

_BY_FIRST_BYTES = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow-stream"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF-", "pdf"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf2", "mp3"),
)
_BY_ENDING = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".geojson": "json",
    ".jsonld": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".ipynb": "notebook",
}
_OFFICE = {
    ".docx": "office",
    ".xlsx": "office",
    ".pptx": "office",
    ".odt": "office",
    ".ods": "office",
    ".odp": "office",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def format_of(name: str, head: bytes) -> str | None:
    """Name the format of a file from its name and its first ``HEAD`` bytes; None when it is not known."""
    ending = PurePosixPath(name.lower()).suffix
    for start, found in _BY_FIRST_BYTES:
        if head.startswith(start):
            return _OFFICE.get(ending, found) if found == "zip" else found
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[257:262] == b"ustar":
        return "tar"
    if head.startswith(_UTF_16):
        return "utf-16"
    if b"\x00" in head:
        return None
    return _BY_ENDING.get(ending, "text")


def first_bytes(path: Path) -> bytes:
    """Read the first bytes of a file. Raises OSError."""
    with path.open("rb") as file:
        return file.read(HEAD)
