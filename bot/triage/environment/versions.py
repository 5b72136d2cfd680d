"""Versions as reports print them: found in a value, compared by their numbers."""

from __future__ import annotations

import re

_VERSION = re.compile(r"(?<![\w.])v?(\d{1,6}(?:\.\d{1,9}){0,5}[\w.!+-]{0,60})")
_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,5}")
_SEPARATORS = re.compile(r"[-_.]{1,8}")


def find_version(value: str) -> str | None:
    """Find the first version in a value, with its local part (``2.5.1+cu124``)."""
    found = _VERSION.search(value[:200])
    return found.group(1).rstrip(".-+") if found else None


def numbers(version: str) -> tuple[int, ...]:
    """Give a version's leading numbers: ``(2, 5, 1)`` for ``2.5.1+cu124``; empty for none."""
    found = _NUMBERS.match(version.strip().removeprefix("v"))
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def agree(one: str, other: str) -> bool:
    """Tell whether two versions can be of the same thing: ``2.5`` and ``2.5.1+cu124`` can."""
    public, local = _parts(one)
    other_public, other_local = _parts(other)
    if local and other_local and local != other_local:
        return False
    left, right = numbers(public), numbers(other_public)
    shared = min(len(left), len(right))
    if not shared:
        return public == other_public
    return left[:shared] == right[:shared] and (
        len(left) != len(right) or public == other_public or not (_named(public) and _named(other_public))
    )


def normalised(name: str) -> str:
    """Write a package's name as PEP 503 does."""
    return _SEPARATORS.sub("-", name.strip().lower())


def _parts(version: str) -> tuple[str, str]:
    public, _, local = version.partition("+")
    return public, local


def _named(public: str) -> bool:
    """Tell whether a version has a part beside its numbers, such as ``rc1``."""
    return any(character.isalpha() for character in public)
