"""Unpack a zip archive that may be hostile, within limits and below one folder."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from bot.cards.archives import open_archive
from bot.cards.artifacts import CannotRead, open_file
from bot.release.sources.errors import SourceRefused, no_room
from bot.release.sources.intake import Intake, shown

MOST_EXPANDED = 100
"""How many times larger than its archive the content may be: weights shrink to a third at best."""
ALWAYS_FINE = 50_000_000
"""Bytes of content that are unpacked whatever the archive's size, for texts shrink to next to nothing."""

_CHUNK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


def unzip(archive: Path, intake: Intake) -> None:
    """Write the files of ``archive``. Raises SourceRefused for all that is wrong with it."""
    size = archive.stat().st_size
    try:
        with open_file(archive) as file, open_archive(file) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            for member in members:
                _refuse_odd(member)
            content = sum(member.file_size for member in members)
            if content > max(size * MOST_EXPANDED, ALWAYS_FINE):
                raise SourceRefused(
                    f"The archive claims to hold {content // size} times its own size.",
                    "Pack the model's own files again.",
                )
            intake.take(content)
            for member in members:
                _write(opened, member, intake)
    except CannotRead as error:
        raise SourceRefused(f"The archive cannot be read: {error}.", "Pack it again as a zip.") from error


def _refuse_odd(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise SourceRefused(
            f"The archive holds {shown(member.filename)}, which is a link or a device.",
            "Put the file itself in its place.",
        )
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
        raise SourceRefused(
            f"The archive holds {shown(member.filename)}, which is encrypted or packed in an unusual way.",
            "Pack it with deflate, or do not compress it.",
        )


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, intake: Intake) -> None:
    """Unpack one file; ``zipfile`` reads no more of it than it claims, and checks its CRC."""
    # What zipfile made of a NUL or of backslashes is not what another program would.
    target = intake.path(member.orig_filename)
    with opened.open(member) as packed, target.open("xb") as out:
        while chunk := packed.read(_CHUNK):
            try:
                out.write(chunk)
            except OSError as error:
                raise no_room() from error
