"""Decide where on the Hub the files of a release are prepared, and refuse to touch what others made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.hub.errors import HubRefused

MAIN = "main"
"""The branch people see and download from when they name no other."""

_VERSION_TAG = re.compile(r"v\d+\.\d+\.\d+([-+].*)?")


@dataclass(frozen=True)
class Found:
    """Hold what is at a Hub id now.

    ``complete`` is true when main holds exactly the files to release, ``foreign`` names the files on main
    that are not among them, and ``tags`` leads from the name of each tag to its commit.
    """

    hub_id: str
    private: bool
    head: str
    complete: bool
    empty: bool
    foreign: tuple[str, ...]
    tags: Mapping[str, str]


def staging_branch(tag: str) -> str:
    """Name the branch a later version is prepared on; the name makes it plain whose it is."""
    return f"giveback/{tag}"


def choose_branch(found: Found, tag: str, *, public: bool) -> str:
    """Choose the branch to prepare the version ``tag`` on, to end public or private.

    A new or unfinished repository is private, so its main branch will do. Where people may already use what
    main holds, the files are prepared beside it. Raises HubRefused when main's head is neither empty nor a
    version, since nobody else's work is replaced, and when the tag stands for something else.
    """
    _refuse_a_taken_tag(found, tag)
    if not found.private and not public:
        raise HubRefused(
            f"{found.hub_id} is public, and the manifest asks for a private one; it was not touched.",
            "Set visibility: public in the manifest, or choose another hub_id.",
        )
    if found.complete:
        return MAIN
    versions = {name: commit for name, commit in found.tags.items() if _VERSION_TAG.fullmatch(name)}
    if found.private and not versions:
        _refuse_foreign_files(found)
        return MAIN
    if found.head not in versions.values() and not found.empty:
        _refuse_an_untagged_head(found, versions)
    return staging_branch(tag)


def _refuse_a_taken_tag(found: Found, tag: str) -> None:
    if tag in found.tags and not (found.complete and found.tags[tag] == found.head):
        raise HubRefused(
            f"{found.hub_id} already has a tag {tag} that stands for something else; it was not touched.",
            "Release under a new version.",
        )


def _refuse_foreign_files(found: Found) -> None:
    if found.foreign:
        raise HubRefused(
            f"{found.hub_id} holds files that are not part of this release ({', '.join(found.foreign[:3])}); "
            "it was not touched.",
            "Remove them there, add them to the release, or choose another hub_id.",
        )


def _refuse_an_untagged_head(found: Found, versions: Mapping[str, str]) -> None:
    what = (
        "was changed after its last version" if versions else "already holds other content, with no version"
    )
    raise HubRefused(
        f"{found.hub_id} {what}: no version tag stands at its head {found.head[:12]}. It was not touched.",
        "Look at that commit on the Hub. To build on it, bring what should stay into the model's folder here "
        "and give the commit a version tag of its own there (such as v0.9.0); then start the release again. "
        "Otherwise choose another hub_id.",
    )
