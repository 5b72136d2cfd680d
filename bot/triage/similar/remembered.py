"""How what is known of issues beside their words is written down: which are the same, and what fixed them."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

FIX = "fix"
"""The key under which an issue's :class:`Fix` is remembered."""

_PAIR = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})", re.ASCII)


class Fix(BaseModel):
    """The merged pull request that closed an issue, and the release it shipped in."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: int
    """Number of the pull request."""
    commit: str = ""
    """The commit it was merged as; empty where nobody said it."""
    released_in: str | None = None
    """Tag of the first release with that commit, as far as known."""


def key_of(one: int, other: int) -> str:
    """Give the key for what a person said about two issues, whichever of them it was said on."""
    return f"{min(one, other)}-{max(one, other)}"


def pair_of(key: str) -> tuple[int, int] | None:
    """Read the two issues out of a key; ``None`` for a key that names no two."""
    found = _PAIR.fullmatch(key)
    if found is None or found[1] == found[2]:
        return None
    return int(found[1]), int(found[2])
