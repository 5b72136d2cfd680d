"""Hand the vectors that an index keeps to the process that learns, so that no issue is embedded twice."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from bot.triage.embedding import IssueVectors, Vector, text_of
from bot.triage.history import PastIssue


class KeptVectorsError(ValueError):
    """A file holds no vectors that can be used; the message says which."""


def write_vectors(path: Path, sentence_model: str, found: Iterable[tuple[PastIssue, Vector]]) -> None:
    """Write vectors in half precision, each under a hash of its issue's text; raises OSError."""
    by_text = {_key(issue): vector.astype(np.float16) for issue, vector in found}
    with path.open("wb") as file:
        np.savez(
            file,
            sentence_model=np.array(sentence_model),
            texts=np.array(list(by_text), dtype="V16"),
            vectors=np.array(list(by_text.values()), dtype=np.float16),
        )


def read_vectors(path: Path) -> IssueVectors:
    """Read what :func:`write_vectors` wrote; an issue that is not in it has no vector.

    Raises:
        KeptVectorsError: the file holds something else.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file) as stored:
            name, texts, vectors = (stored[part] for part in ("sentence_model", "texts", "vectors"))
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise KeptVectorsError(f"{path.name} holds no vectors of issues") from error
    places = {text.tobytes(): place for place, text in enumerate(texts)}

    def of(issue: PastIssue) -> Vector | None:
        place = places.get(_key(issue))
        return None if place is None else np.asarray(vectors[place], dtype=np.float32)

    return IssueVectors(str(name), of)


def _key(issue: PastIssue) -> bytes:
    return blake2b(text_of(issue).encode("utf-8", "replace"), digest_size=16).digest()
