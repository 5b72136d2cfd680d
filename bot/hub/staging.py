"""Decide where on the Hub the files of a release may go, and refuse to touch or to show what others made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.versions import newest, precedence

MAIN = "main"
"""The branch people see and download from when they name no other."""
LONGEST_NAME = 96
"""Characters of a repository's name, at most (huggingface_hub's own check of a ``repo_id``)."""

OPENING_AGAIN = (
    "If everybody may see the model again, make it public yourself in its settings on the Hub; first think "
    "of the old commits, which the Hub may give out by their id until it cleans up. A repository made "
    "anew has none of them: delete the old one there, or choose another hub_id. visibility: private keeps "
    "it hidden."
)
"""What somebody does who wants people to see a model again of which versions were withdrawn."""

_BESIDE = re.compile(r"-giveback-[0-9a-f]{12}$")
_STAGING_BRANCH = re.compile(r"giveback-[0-9a-f]{12}")
_VERSION_TAG = re.compile(r"v\d+\.\d+\.\d+([-+].*)?")


@dataclass(frozen=True)
class Found:
    """Hold what is at a Hub id now.

    ``complete`` is true when main holds exactly the files to release, ``same_content`` when it does but for
    what attests them, as an attempt leaves it that broke off, and ``empty`` when it holds none at all.
    ``tags`` leads from the name of each tag to its commit. ``others`` names what people would see besides
    this release and its tag if the repository was made public: earlier commits with files, other branches
    and tags, pull requests. ``under_way`` are the branches on which other releases are prepared meanwhile,
    or were and broke off. ``withdrawn`` names versions that were withdrawn, by its history. ``is_begun``
    says that this very release has a branch there, from a run that was cut off.
    """

    hub_id: str
    private: bool
    head: str
    complete: bool
    empty: bool
    tags: Mapping[str, str]
    same_content: bool = False
    others: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    is_begun: bool = False

    def knowing(self, withdrawn: Iterable[str]) -> Found:
        """Add versions whose withdrawal is known from elsewhere."""
        return replace(self, withdrawn=tuple(sorted({*self.withdrawn, *withdrawn})))


def staging_repository(hub_id: str, release: str) -> str:
    """Name the private repository in which one release of ``hub_id`` is prepared and verified.

    The name follows from the release alone, so that it is found again after a crash, and no two releases
    share one. It stands beside the model, so that the same account may write to both.
    """
    namespace, _, name = hub_id.partition("/")
    ending = f"-giveback-{_mark(hub_id, release)}"
    return f"{namespace}/{name[: LONGEST_NAME - len(ending)].rstrip('-._')}{ending}"


def is_beside(repository: str) -> bool:
    """Tell by its name whether a repository was made to prepare a release in, and for nothing else."""
    return _BESIDE.search(repository) is not None


def staging_branch(hub_id: str, release: str) -> str:
    """Name the branch of the model's own repository on which one release is prepared and verified."""
    return f"giveback-{_mark(hub_id, release)}"


def is_staging_branch(name: str) -> bool:
    """Tell by its name whether a branch was made to prepare a release on."""
    return _STAGING_BRANCH.fullmatch(name) is not None


def give_way(found: Found, own_branch: str) -> None:
    """Let one of the releases that are prepared in one private repository go first: that of the first name.

    None may make the repository public while another's branch would be seen with it. Raises HubUnavailable
    when the others give way and take their branches away; when this one has to, :func:`check_place` says so.
    """
    if found.under_way and own_branch < min(found.under_way):
        raise HubUnavailable(
            f"Another release of {found.hub_id} is prepared on its branch {found.under_way[0]}, and did not "
            "end in time.",
            "If none is under way, delete that branch on the Hub; then start the release again.",
        )


def place_of(hub_id: str, release: str, found: Found | None, *, public: bool) -> tuple[str, str]:
    """Give the repository in which a release is prepared, and its branch, empty for a repository of its own.

    Files need not be sent twice where it is the model's own, so it is that one wherever only those see it who
    may see the release: when there is none yet (``found`` is None) and it is made private, when this release
    made it in a run that was cut off, and when it is private and stays so. In a public one everybody would
    see what nobody verified. In another private one that is to be public, something of an attempt that was
    given up might stay behind and be shown with it.
    """
    is_ours = found is None or (found.is_begun and found.empty)
    if found is None or (found.private and (is_ours or not public)):
        return hub_id, staging_branch(hub_id, release)
    return staging_repository(hub_id, release), ""


def check_place(found: Found, tag: str, *, public: bool) -> None:
    """Make sure that the version ``tag`` may go to what was found, which is to end public or private.

    Raises HubRefused when main's head is neither empty nor a version, since nobody else's work is replaced;
    when it is a later version; when the tag stands for something else; and when making the repository public
    would show more than this release, or what was withdrawn.
    """
    _refuse_a_taken_tag(found, tag)
    ahead = newer_at_head(found.tags, found.head, tag)
    if ahead:
        raise goes_backwards(found.hub_id, ahead, tag)
    if not found.private and not public:
        raise HubRefused(
            f"{found.hub_id} is public, and the manifest asks for a private one; it was not touched.",
            "Set visibility: public in the manifest, or choose another hub_id.",
        )
    versions = {name: commit for name, commit in found.tags.items() if _VERSION_TAG.fullmatch(name)}
    if found.private and public:
        if found.withdrawn:
            raise was_withdrawn(found.hub_id, found.withdrawn)
        _refuse_to_show_earlier_versions(found, sorted(versions.keys() - {tag}))
        _refuse_to_show_what_is_not_ours(found)
        _refuse_to_show_what_is_under_way(found)
    if not (found.complete or found.same_content or found.empty or found.head in versions.values()):
        _refuse_an_untagged_head(found, versions)


def newer_at_head(tags: Mapping[str, str], head: str, tag: str) -> str:
    """Name the version at the head of main if it comes after ``tag``; empty otherwise."""
    at_head = newest(name for name, commit in tags.items() if commit == head)
    ahead, here = precedence(at_head), precedence(tag)
    return at_head if ahead and here and ahead > here else ""


def goes_backwards(hub_id: str, ahead: str, tag: str) -> HubRefused:
    """Say that a release would give people an older version than they get now."""
    return HubRefused(
        f"{hub_id} is at {ahead}, which comes after {tag}: people would get an older version than now. It "
        "was not touched.",
        f"Release under a version after {ahead.removeprefix('v')}. To leave that one, comment "
        "/rollback-release first.",
    )


def was_withdrawn(hub_id: str, versions: tuple[str, ...]) -> HubRefused:
    """Say that a model is private because of a withdrawal, which no release undoes by itself."""
    return HubRefused(
        f"{hub_id} is private because {', '.join(versions[:3])} was withdrawn, and a release does not make "
        "it public again by itself; it was not touched.",
        f"{OPENING_AGAIN} Then start the release again.",
    )


def _refuse_a_taken_tag(found: Found, tag: str) -> None:
    if tag not in found.tags:
        return
    at_head = found.tags[tag] == found.head
    if at_head and found.same_content and not found.complete:
        raise HubRefused(
            f"{found.hub_id} already has the version {tag} with exactly these files; it was not touched.",
            "There is nothing left to release.",
        )
    if not (found.complete and at_head):
        raise HubRefused(
            f"{found.hub_id} already has a tag {tag} that stands for something else; it was not touched.",
            "Release under a new version.",
        )


def _refuse_to_show_earlier_versions(found: Found, earlier: list[str]) -> None:
    if earlier:
        raise HubRefused(
            f"{found.hub_id} is private, and making it public shows {', '.join(earlier[:3])} too; it was not "
            "touched.",
            "Make it public yourself on the Hub if everybody may see those versions, set visibility: "
            "private, or choose another hub_id; then start the release again.",
        )


def _refuse_to_show_what_is_not_ours(found: Found) -> None:
    if found.others:
        raise HubRefused(
            f"{found.hub_id} is private and holds more than this release: {', '.join(found.others[:3])}. "
            "Making it public would show that too, so it was not touched.",
            "Delete that repository on the Hub if nobody needs it, make it public yourself if everybody may "
            "see what it holds, or choose another hub_id; then start the release again.",
        )


def _refuse_to_show_what_is_under_way(found: Found) -> None:
    if found.under_way:
        raise HubRefused(
            f"Another release of {found.hub_id} is prepared on its branch {found.under_way[0]}, which "
            "everybody would see; nothing was published.",
            "Wait until that release has ended, or delete the branch on the Hub if none is under way; then "
            "start the release again.",
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


def _mark(hub_id: str, release: str) -> str:
    """Give what tells one release from every other, in a name."""
    return hashlib.sha256(f"{hub_id} {release}".encode()).hexdigest()[:12]
