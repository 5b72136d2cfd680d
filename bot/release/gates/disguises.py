"""Tell by its bytes what a file is, whatever it is called: pickles, archives and programs above all."""

from __future__ import annotations

from pathlib import Path

from bot.cards.artifacts import open_file

_STARTS = {
    **{bytes([0x80, protocol]): "a pickle, which runs code when it is loaded" for protocol in range(2, 6)},
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "a zstandard file",
    b"Rar!\x1a": "a RAR archive",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "an array of numpy, which may hold pickled objects",
    b"\x7fELF": "a program",
    b"MZ\x90\x00": "a program",
    b"#!": "a script",
}
"""What files start with; ``file``'s own table has the same signatures."""
_TAR, _TAR_AT = b"ustar", 257
_OLDEST_PICKLE = (
    b"(dp0",
    b"(lp0",
    b"ccopy_reg",
    b"cos\n",
    b"cposix\n",
    b"c__builtin__",
    b"cbuiltins\n",
    b"csubprocess\n",
)
"""Starts of pickles of protocol 0 and 1, which are otherwise text."""


def what_it_is(path: Path) -> str | None:
    """Name what a file is if it is something that no release should hold. Raises CannotRead."""
    with open_file(path) as file:
        start = file.read(512)
    if start[_TAR_AT:].startswith(_TAR):
        return "a tar archive"
    if start.startswith(_OLDEST_PICKLE):
        return "a pickle, which runs code when it is loaded"
    return next((name for first, name in _STARTS.items() if start.startswith(first)), None)
