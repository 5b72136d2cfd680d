"""Read the versions that a model's tags on the Hub stand for, and find the one before another."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TAG = re.compile(r"v(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,100}))?(?:\+[0-9A-Za-z.-]{1,100})?")

Precedence = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


def precedence(tag: str) -> Precedence | None:
    """Give what a version tag is ordered by; None for any other tag.

    A version comes after its pre-releases; numbers in those come before words (semver.org 2.0.0, item 11).
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        return None
    words = found[4].split(".") if found[4] else ()
    pre = tuple((False, int(one), "") if one.isdigit() else (True, 0, one) for one in words)
    return (int(found[1]), int(found[2]), int(found[3])), found[4] is None, pre


def version_before(tags: Iterable[str], tag: str) -> str | None:
    """Find the version that comes right before ``tag`` among the tags; None when there is none."""
    here = precedence(tag)
    ordered = [(place, one) for one in tags if (place := precedence(one)) is not None]
    return max(((place, one) for place, one in ordered if here and place < here), default=(None, None))[1]


def newest(tags: Iterable[str]) -> str:
    """Give the highest version among tags; empty without one."""
    ordered = [(place, name) for name in tags if (place := precedence(name)) is not None]
    return max(ordered)[1] if ordered else ""
