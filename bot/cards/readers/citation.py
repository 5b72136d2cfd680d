"""Read how people want to be cited from a ``CITATION.cff``.

Source: the Citation File Format, version 1.2.0, schema guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.cards.artifacts import CannotRead, text, texts
from bot.cards.facts import Fact
from bot.cards.readers.training_args import read_yaml
from bot.cards.taking import take

_TEXTS = {
    "title": "citation.title",
    "doi": "citation.doi",
    "version": "citation.version",
    "date-released": "citation.date_released",
    "url": "citation.url",
    "repository-code": "citation.repository_code",
}


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one citation. Raises CannotRead."""
    citation = read_yaml(path)
    if "cff-version" not in citation:
        raise CannotRead("it has no cff-version")
    yield from take(citation, file, text, _TEXTS)
    authors = citation.get("authors")
    names = texts([_name(author) for author in authors]) if isinstance(authors, list) else None
    if names:
        yield Fact("citation.authors", names, file, "authors")
    licences = citation.get("license")
    named = texts(licences if isinstance(licences, list) else [licences])
    if named:
        yield Fact("citation.license", named, file, "license")


def _name(author: Any) -> str | None:
    """Give a person's or an organisation's name."""
    if not isinstance(author, dict):
        return None
    parts = [author.get(part) for part in ("given-names", "name-particle", "family-names", "name-suffix")]
    return text(author.get("name")) or text(" ".join(part for part in parts if isinstance(part, str)))
