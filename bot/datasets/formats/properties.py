"""Read what files say about who made them, where and with what: EXIF, document properties and audio tags."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from PIL import ExifTags, Image, UnidentifiedImageError

from bot.datasets.formats.archives import BROKEN
from bot.datasets.formats.pdf import UnreadPdf, read_pdf

MOST_TEXT = 16 << 20
"""Characters of text that are read from one document."""

_EXIF = {
    ExifTags.Base.Artist: "file_author",
    ExifTags.Base.XPAuthor: "file_author",
    ExifTags.Base.Copyright: None,
    ExifTags.Base.ImageDescription: None,
    ExifTags.Base.XPComment: None,
    ExifTags.Base.XPTitle: None,
    ExifTags.Base.UserComment: None,
    ExifTags.Base.CameraOwnerName: "file_author",
    ExifTags.Base.BodySerialNumber: "device_serial_number",
    ExifTags.Base.LensSerialNumber: "device_serial_number",
    ExifTags.Base.HostComputer: None,
}
"""Tags that are read, with the kind of what is in them; None where only its text can say."""
_OFFICE_AUTHORS = re.compile(
    rb"<(?:dc:creator|cp:lastModifiedBy|meta:initial-creator|Manager)>([^<]{1,1000})<"
)
_PARAGRAPH = re.compile(rb"</(?:w:p|a:p|si|row|text:p|text:h)>")
_TAG = re.compile(rb"<[^>]*>")
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    Image.DecompressionBombError,
)


class Unreadable(ValueError):
    """The properties of a file cannot be read; the message says why."""


class Property(NamedTuple):
    """One thing a file says about itself."""

    name: str
    text: str
    kind: str | None
    """The kind of personal data it is, whatever its text; None when the text decides."""


def of_image(file: Path | IO[bytes]) -> Iterator[Property]:
    """Read EXIF, its GPS part, and the texts beside the pixels, which are not decoded. Raises Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file) as image:
                yield from _of_exif(image.getexif())
                for name, value in image.info.items():
                    if name not in ("exif", "icc_profile") and isinstance(value, str | bytes):
                        yield Property(f"{name}", _text(value), None)
    except UnidentifiedImageError:
        raise Unreadable("it is damaged") from None
    except _UNREADABLE:
        raise Unreadable("its metadata cannot be read") from None


def _of_exif(exif: Image.Exif) -> Iterator[Property]:
    position = exif.get_ifd(ExifTags.IFD.GPSInfo)
    if any(tag in position for tag in (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLongitude)):
        yield Property("GPSInfo", "", "file_location")
    every = dict(exif) | dict(exif.get_ifd(ExifTags.IFD.Exif))
    for tag, kind in _EXIF.items():
        if tag in every:
            value = every[tag]
            text = _text(value) if isinstance(value, str | bytes) else str(value)
            if text.strip("\x00 "):
                yield Property(tag.name, text, kind)


def of_office(path: Path) -> Iterator[Property]:
    """Read the authors and the text of an Office or OpenDocument file. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as parts:
            left = MOST_TEXT
            for info in parts.infolist():
                if not info.filename.endswith((".xml", ".rels")):
                    continue
                with parts.open(info) as part:
                    content = part.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise Unreadable(f"it has more than {MOST_TEXT >> 20} MiB of text")
                for author in _OFFICE_AUTHORS.findall(content):
                    yield Property(info.filename, author.decode("utf-8", "replace"), "file_author")
                text = _TAG.sub(b"", _PARAGRAPH.sub(b"\n", content))
                yield Property(info.filename, text.decode("utf-8", "replace"), None)
    except Unreadable:
        raise
    except BROKEN:
        raise Unreadable("it is damaged or encrypted") from None


def of_pdf(path: Path) -> Iterator[Property]:
    """Read the properties of a PDF and the text of its pages. Raises Unreadable."""
    try:
        for place, text in read_pdf(path):
            yield Property(place, text, "file_author" if place == "Author" else None)
    except UnreadPdf as error:
        raise Unreadable(str(error)) from None


def of_audio(file: Path | IO[bytes]) -> Iterator[Property]:
    """Read the tags of a recording. Raises Unreadable."""
    from tinytag import TinyTag, TinyTagException

    try:
        given = {"file_obj": file} if not isinstance(file, Path) else {"filename": file}
        tags = TinyTag.get(**given, duration=False).as_dict()
    except (TinyTagException, *_UNREADABLE):
        raise Unreadable("its tags cannot be read") from None
    for name, value in tags.items():
        if name in ("filename", "filesize"):
            continue
        for text in value if isinstance(value, list) else [value]:
            kind = "file_author" if name in ("artist", "albumartist", "composer") else None
            yield Property(name, str(text), kind)


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    encoding = "utf-16-le" if value[1:2] == b"\x00" else "utf-8"
    return value.decode(encoding, "replace")
