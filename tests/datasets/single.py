"""Scan one made-up file in a test."""

from __future__ import annotations

from pathlib import Path

from bot.datasets.findings import Scan
from bot.datasets.scanning import scan

EMAIL = "email_address"


def one_file(tmp_path: Path, name: str, content: bytes | str) -> Scan:
    """Write a file and scan it."""
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return scan([tmp_path / name], root=tmp_path)


def counted(found: Scan) -> dict[tuple[str | None, str], int]:
    """Give the counts by column and kind."""
    return {(one.column, one.kind): one.count for one in found.counts}
