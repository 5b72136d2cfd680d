"""Write small files of every format, each with one verified e-mail address in it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import wave
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import polars as pl
import pypdf
import zstandard
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf.generic import DictionaryObject, NameObject, StreamObject

ADDRESS = "jane.roe@acme-corp.com"
TEXT = f"write to {ADDRESS} soon\n"
TABLE = pl.DataFrame({"id": [1, 2], "mail": [ADDRESS, None], "more": [[{"note": "none"}], []]})


def picture(kind: str = "JPEG") -> bytes:
    """Make a picture whose EXIF names its author, a camera and a place."""
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif[0x13B] = "Jane Roe"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    exif.get_ifd(0x8769)[0xA431] = "SN12345"
    file = io.BytesIO()
    image.save(file, kind, exif=exif)
    return file.getvalue()


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner/a.txt", TEXT)


def _tar(path: Path) -> None:
    data = TEXT.encode()
    info = tarfile.TarInfo("inner/a.txt")
    info.size = len(data)
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        archive.addfile(info, io.BytesIO(data))


def _sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE people (id INTEGER, mail TEXT, picture BLOB)")
        database.execute("INSERT INTO people VALUES (1, ?, x'00ff')", (ADDRESS,))


def _png(path: Path) -> None:
    about = PngInfo()
    about.add_text("Comment", TEXT)
    Image.new("RGB", (8, 8)).save(path, pnginfo=about)


def _office(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr(
            "docProps/core.xml", "<cp:coreProperties><dc:creator>Jane Roe</dc:creator></cp:coreProperties>"
        )
        parts.writestr(
            "word/document.xml", f"<w:p><w:t>write to {ADDRESS[:9]}</w:t><w:t>{ADDRESS[9:]}</w:t></w:p>"
        )


def _pdf(path: Path, shown: str = f"BT /F 12 Tf 9 90 Td ({TEXT.strip()}) Tj ET") -> None:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(300, 100)
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    named = {NameObject(name): NameObject(value) for name, value in font.items()}
    picture = StreamObject()
    picture[NameObject("/Subtype")] = NameObject("/Image")
    page[NameObject("/Resources")] = DictionaryObject(
        {
            NameObject("/Font"): DictionaryObject({NameObject("/F"): DictionaryObject(named)}),
            NameObject("/XObject"): DictionaryObject({NameObject("/P"): writer._add_object(picture)}),
        }
    )
    drawn = StreamObject()
    drawn.set_data(shown.encode())
    page[NameObject("/Contents")] = writer._add_object(drawn)
    writer.write(path)


def _scanned_pdf(path: Path) -> None:
    """Write a page that is a picture, with an author."""
    _pdf(path, "/P Do")
    writer = pypdf.PdfWriter(path)
    writer.add_metadata({"/Author": ADDRESS})
    writer.write(path)


def _wav(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(100))
    artist = b"INFOIART" + len(TEXT).to_bytes(4, "little") + TEXT.encode() + b"\0" * (len(TEXT) % 2)
    data = path.read_bytes() + b"LIST" + len(artist).to_bytes(4, "little") + artist
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])


def _notebook(path: Path) -> None:
    cell = {"cell_type": "code", "source": ["x = 1\n", f"# {TEXT}"], "outputs": []}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))


def _label_studio(path: Path) -> None:
    by = {"id": 3, "email": ADDRESS}
    path.write_text(
        json.dumps([{"id": 1, "data": {"text": "hi"}, "annotations": [{"completed_by": by, "result": []}]}])
    )


SAMPLES: dict[str, Callable[[Path], object]] = {
    "a.txt": lambda path: path.write_text(TEXT),
    "a.md": lambda path: path.write_text(f"# About\n\n{TEXT}"),
    "utf-16.txt": lambda path: path.write_text(TEXT, encoding="utf-16"),
    "latin-1.txt": lambda path: path.write_bytes("é ".encode("latin-1") + TEXT.encode()),
    "a.csv": lambda path: TABLE.select("id", "mail").write_csv(path),
    "a.tsv": lambda path: TABLE.select("id", "mail").write_csv(path, separator="\t"),
    "a.json": lambda path: path.write_text(json.dumps({"people": [{"mail": ADDRESS}]})),
    "a.jsonl": lambda path: path.write_text(json.dumps({"mail": ADDRESS}) + "\n"),
    "a.ipynb": _notebook,
    "label-studio.json": _label_studio,
    "a.parquet": TABLE.write_parquet,
    "a.arrow": TABLE.write_ipc,
    "stream.arrow": TABLE.write_ipc_stream,
    "a.db": _sqlite,
    "a.txt.gz": lambda path: path.write_bytes(gzip.compress(TEXT.encode())),
    "a.txt.bz2": lambda path: path.write_bytes(bz2.compress(TEXT.encode())),
    "a.txt.xz": lambda path: path.write_bytes(lzma.compress(TEXT.encode())),
    "a.csv.zst": lambda path: path.write_bytes(
        zstandard.compress(TABLE.select("id", "mail").write_csv().encode())
    ),
    "a.zip": _zip,
    "a.tar": _tar,
    "a.tar.gz": _tar,
    "a.png": _png,
    "a.docx": _office,
    "a.wav": _wav,
    "a.pdf": _pdf,
}
"""How to write a file of each format."""
PARTLY = {"scanned.pdf": _scanned_pdf}
"""Files of which a part is not scanned, and told so."""
