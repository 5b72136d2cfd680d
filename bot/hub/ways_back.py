"""What is asked of the Hub, and answered, when a model goes back or a version of it is withdrawn."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass

_WITHDRAWN = re.compile(r"Withdraw (\d[0-9A-Za-z.+-]*(?:, \d[0-9A-Za-z.+-]*)*)")


@dataclass(frozen=True)
class HeldFile:
    """Name a file that a version on the Hub holds.

    ``size`` is in bytes and ``blob`` the SHA-1 git gives the file, or the pointer to a large one; ``sha256``
    is the content's, and empty for a small file, for which the Hub declares none.
    """

    path: str
    size: int
    blob: str
    sha256: str = ""


@dataclass(frozen=True)
class WayBack:
    """Hold where a model stands and what going back comes to.

    ``head`` is the commit of the main branch and ``current`` the version tag on it, empty without one.
    ``tag`` is the version to go back to, ``old`` the commit it stands on and ``files`` what that holds.
    ``changed`` and ``removed`` name the files of main that will be others, or no more there.
    """

    url: str
    public: bool
    head: str
    current: str
    tag: str
    old: str
    files: tuple[HeldFile, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Reduce it to one SHA-256, so that an approval is for exactly this way and no other."""
        return _digest(self)


@dataclass(frozen=True)
class Standing:
    """Tell where a model stands: ``versions`` leads from each version tag to its commit, the newest first.

    ``current`` is the one at the ``head`` of the main branch, empty when none stands there.
    """

    url: str
    public: bool
    head: str
    current: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Hidden:
    """Tell that a model is private now, and whether it was public before."""

    url: str
    was_public: bool


@dataclass(frozen=True)
class Leak:
    """Hold what withdrawing versions for good comes to.

    ``versions`` leads from each named tag to its commit. ``doomed`` are the large files that only these
    hold, and ``shared`` those of theirs that something else holds too, which therefore stay, each with where.
    ``small`` are paths of theirs that git itself keeps. When main holds a named version now, it gets the
    files of the tag ``back_to``, on ``back_to_commit``; with ``empties`` there is none, and no file is left.
    ``squashes`` says that main's history is replaced by one commit, so that nothing leads to the small
    files any more.
    """

    head: str
    versions: dict[str, str]
    doomed: tuple[HeldFile, ...]
    shared: tuple[str, ...]
    small: tuple[str, ...]
    back_to: str = ""
    back_to_commit: str = ""
    empties: bool = False
    squashes: bool = False

    @property
    def digest(self) -> str:
        """Reduce it to one SHA-256, so that an approval is for exactly this and nothing else."""
        return _digest(self)

    @property
    def mark(self) -> str:
        """Name the tag that main gets when it went back, so that it is a version again; empty otherwise."""
        if not self.back_to:
            return ""
        gone = "-".join(name.removeprefix("v") for name in sorted(self.versions))
        separator = "." if "+" in self.back_to else "+"
        return f"{self.back_to}{separator}without-{gone.replace('+', '-')}"


def withdrawal_title(versions: Iterable[str]) -> str:
    """Write the title of the commits that a withdrawal leaves, which is how a later release knows of it."""
    return f"Withdraw {', '.join(versions)}"


def withdrawn_in(titles: Iterable[str]) -> tuple[str, ...]:
    """Name the versions whose withdrawal the titles of a model's commits tell of."""
    found = (match[1].split(", ") for title in titles if (match := _WITHDRAWN.fullmatch(title)))
    return tuple(sorted({version for versions in found for version in versions}))


def _digest(what: WayBack | Leak) -> str:
    return hashlib.sha256(json.dumps(asdict(what), sort_keys=True).encode()).hexdigest()
