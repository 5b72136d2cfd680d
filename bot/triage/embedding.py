"""Give the meaning of an issue as a vector, by the sentence model that an operator may set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bot.triage.history import PastIssue

TITLE_CHARACTERS = 300
BODY_CHARACTERS = 20_000
"""What may be embedded of a title and of a body; a sentence model itself reads far less of a long one."""

Embedding = Callable[[str], ArrayLike]
"""Turns a text into a vector, always of the same length; longer texts are its own to cut."""

Vector = NDArray[np.float32]


class Named(Protocol):
    """An embedding that can be told from others."""

    @property
    def name(self) -> str:
        """Tell its vectors from those of another."""

    def __call__(self, text: str) -> ArrayLike:
        """Give the vector of a text."""


@dataclass(frozen=True)
class IssueVectors:
    """The vectors of issues by one sentence model, wherever they come from."""

    name: str
    """Tells them from those of another sentence model."""
    of: Callable[[PastIssue], Vector | None]
    """Gives an issue's vector, as :func:`vector_of` does."""

    @classmethod
    def by(cls, embedding: Named) -> Self:
        """Make each vector when it is asked for."""
        return cls(embedding.name, partial(vector_of, embedding=embedding))


def text_of(issue: PastIssue) -> str:
    """Give what is embedded: duplicates and types are told from the same text, so it is embedded once."""
    return f"{issue.title[:TITLE_CHARACTERS]}\n{issue.body[:BODY_CHARACTERS]}"


def vector_of(issue: PastIssue, embedding: Embedding) -> Vector | None:
    """Embed an issue: a vector of length one, or None when the embedding says nothing of it."""
    vector = np.asarray(embedding(text_of(issue)), dtype=np.float32).ravel()
    length = float(np.linalg.norm(vector))
    return vector / length if np.isfinite(length) and length > 0 else None
