"""Read the properties, the text of the pages and the filled-in forms of a PDF, in a process with limits."""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

SECONDS = 60
MEMORY = 1 << 30
MOST_TEXT = 16 << 20
"""Characters of text that are read from one document."""
_DAMAGED = "it is damaged, encrypted, or takes too long to read"


class Text(NamedTuple):
    """A piece of text, and where it stands in the document."""

    place: str
    text: str


class UnreadPdf(ValueError):
    """A document, or a part of it, cannot be read; the message says which."""


def read_pdf(path: Path) -> Iterator[Text]:
    """Give all the text of a document that is no picture. Raises UnreadPdf, at the end for what is left out.

    The library works through what anybody may have made, so it does that within limits of time and memory.
    """
    command = [sys.executable, "-I", "-m", __name__, str(path.absolute())]
    try:
        done = subprocess.run(  # noqa: S603 - the program is this one, and the path is a single argument
            command, capture_output=True, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnreadPdf(_DAMAGED) from None
    lines = done.stdout.splitlines()
    told = json.loads(lines.pop()) if done.returncode == 0 and lines else None
    for line in lines:
        with suppress(ValueError):  # the last line of a process that was ended may be cut
            place, text = json.loads(line)
            yield Text(place.encode("utf-8", "replace").decode(), text)
    if told is None:
        raise UnreadPdf(_DAMAGED)
    if told["left_out"]:
        raise UnreadPdf(f"{' and '.join(told['left_out'])}; the rest was scanned")


def _texts(path: str) -> Iterator[tuple[str, str]]:
    """Give each text with its place, and a sign for each part that is not read.

    Raises whatever the library raises over a document that is not as it should be.
    """
    import pypdf

    reader = pypdf.PdfReader(path)
    for name, value in (reader.metadata or {}).items():
        yield str(name).lstrip("/"), str(value)
    for name, value in (reader.get_form_text_fields() or {}).items():
        yield f"form field {name}", str(value or "")
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        if not text.strip() and _has_picture(page):
            yield _PICTURE, ""
        yield f"page {number}", text
        for note in _entries(page.get("/Annots")):
            yield f"note on page {number}", str(note.get("/Contents", ""))
    for _ in reader.attachment_list:
        yield _ATTACHED, ""


_PICTURE, _ATTACHED = "/picture", "/attached"
"""Stand for a page that is a picture, and for a file within the document."""


def _has_picture(page: Any) -> bool:
    resources = page.get("/Resources")
    objects = resources.get_object().get("/XObject") if resources is not None else None
    return any(one.get("/Subtype") == "/Image" for one in _entries(objects))


def _entries(given: Any) -> Iterator[Any]:
    """Give the dictionaries of an array or a dictionary, whether they stand in it or are referred to."""
    there = given.get_object() if given is not None else ()
    every = there.values() if isinstance(there, dict) else there if isinstance(there, list) else ()
    for one in every:
        entry = one.get_object()
        if isinstance(entry, dict):
            yield entry


def _serve(path: str) -> None:
    """Write each text as a line of JSON, and at the end what is left out, within the limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()  # the library writes what it cannot read to the log
    left, pictures, attached = MOST_TEXT, 0, 0
    left_out = []
    for place, text in _texts(path):
        pictures += place == _PICTURE
        attached += place == _ATTACHED
        left -= len(text)
        if left < 0:
            left_out.append(f"it has more than {MOST_TEXT >> 20} MiB of text")
            break
        if text:
            print(json.dumps((place, text)))
    if pictures:
        left_out.append(f"{pictures} of its pages are pictures without text, which is not read")
    if attached:
        left_out.append(f"{attached} of the files attached to it were not looked at")
    print(json.dumps({"left_out": left_out}))


if __name__ == "__main__":
    _serve(sys.argv[1])
