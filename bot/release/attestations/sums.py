"""Write and read SHA256SUMS: a line for every file, as ``sha256sum --check`` of GNU coreutils takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.release.files import ReleaseFile

_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]{1,1024})")


def write_sums(files: Iterable[ReleaseFile]) -> str:
    """Write the file, in the order of the paths."""
    listed = sorted(files, key=lambda file: file.path)
    return "".join(f"{file.sha256}  {file.path}\n" for file in listed)


def read_sums(text: str) -> dict[str, str]:
    """Give each path's SHA-256. Raises ValueError on a line that is none, or a path that is there twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else [text], 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is no hash and path")
        if match[2] in found:
            raise ValueError(f"line {number} names a path again")
        found[match[2]] = match[1]
    return found
