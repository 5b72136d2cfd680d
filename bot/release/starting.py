"""Decide whether a release may start, and as what: the one set of rules for every way of asking for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.documents import DocumentError
from bot.hub.versions import precedence
from bot.release.manifest import MANIFEST, read_manifest
from bot.rendering import render


@dataclass(frozen=True)
class Ask:
    """Say what somebody wants released: the model that ``repository`` (owner/name) describes.

    ``version`` is the one they expect, with or without a leading "v"; empty for whichever the manifest names.
    ``account`` is GitHub's number of the requester's account, by which they are known when their login has
    passed to somebody else; 0 when it is not known.
    """

    requester: str
    repository: str
    version: str = ""
    dry_run: bool = False
    account: int = 0


@dataclass(frozen=True)
class Circumstances:
    """Hold what was found when it was asked for.

    ``manifest`` is the text at the commit to be released, None when there is none, and ``is_current`` whether
    the default branch has the same text now. ``may_write`` is what GitHub said about the requester at that
    moment, ``private`` whether the repository is. ``may_publish`` is whether the operator lets the repository
    publish under the Hub id that the manifest names. ``going`` is the Hub id of a release that has not ended
    on ``thread``, the one the new release would report on. ``is_on_default_branch`` is whether the commit
    asked for is of the default branch, and ``has_thread`` whether the thread it shall report on is there.
    ``tagged_beside`` is, where a tag says what to release, the version that the default branch's manifest
    names now; empty otherwise.
    """

    manifest: str | None
    may_write: bool
    private: bool
    may_publish: bool
    is_current: bool = True
    is_on_default_branch: bool = True
    has_thread: bool = True
    thread: str = ""
    going: str = ""
    tagged_beside: str = ""


class Obstacle(StrEnum):
    """What can keep a release from starting."""

    INPUTS = "inputs"
    PERMISSION = "permission"
    ANOTHER_BRANCH = "another-branch"
    THREAD = "thread"
    MANIFEST_MISSING = "manifest-missing"
    MANIFEST_BROKEN = "manifest-broken"
    MANIFEST_CHANGED = "manifest-changed"
    VERSION = "version"
    BEHIND = "behind"
    NAMESPACE = "namespace"
    VISIBILITY = "visibility"
    UNDER_WAY = "under-way"


@dataclass(frozen=True)
class Refusal:
    """Say why a release does not start; ``words`` are Markdown that names the next step."""

    obstacle: Obstacle
    words: str


@dataclass(frozen=True)
class Start:
    """Say as what a release starts: which version of which model."""

    hub_id: str
    version: str
    dry_run: bool
    private: bool


def may_start(ask: Ask, found: Circumstances) -> Start | Refusal:
    """Decide whether a release may start, and as what."""
    asked = ask.version.strip().removeprefix("v")
    beside = _tag_of_another(asked, found)
    if beside is not None:
        return beside
    if not found.is_on_default_branch:
        return refuse(Obstacle.ANOTHER_BRANCH)
    if not found.has_thread:
        return refuse(Obstacle.THREAD)
    if found.manifest is None:
        return refuse(Obstacle.MANIFEST_MISSING)
    try:
        manifest = read_manifest(found.manifest)
    except DocumentError as error:
        return refuse(Obstacle.MANIFEST_BROKEN, problems=error.problems)
    if not found.is_current:
        return refuse(Obstacle.MANIFEST_CHANGED)
    if asked and asked != manifest.version:
        return refuse(Obstacle.VERSION, asked=asked, version=manifest.version)
    # After the version: what releases another one is no business of this bot's, whoever does it.
    if not found.may_write:
        return refuse(Obstacle.PERMISSION, requester=ask.requester, repository=ask.repository)
    if not found.may_publish:
        return refuse(Obstacle.NAMESPACE, hub_id=manifest.hub_id)
    if found.private and "visibility" not in manifest.model_fields_set:
        return refuse(Obstacle.VISIBILITY)
    if found.going:
        return refuse(Obstacle.UNDER_WAY, going=found.going, thread=found.thread)
    return Start(manifest.hub_id, manifest.version, ask.dry_run, found.private)


def _tag_of_another(asked: str, found: Circumstances) -> Refusal | None:
    """Refuse a tag that is not about the version people are to get: no version, or one of an older line.

    Looked at before anything else, since repositories tag more than models, and keep older lines on branches.
    """
    version = found.tagged_beside
    now = precedence(f"v{version}")
    if now is None:
        return None
    tagged = precedence(f"v{asked}")
    if tagged is None:
        return refuse(Obstacle.VERSION, asked=asked, version=version)
    return refuse(Obstacle.BEHIND, asked=asked, version=version) if tagged < now else None


def refuse(obstacle: Obstacle, **about: object) -> Refusal:
    """Write a refusal; ``about`` is what its words name."""
    said = render("comments/release_refused.md.j2", obstacle=obstacle.value, path=MANIFEST, **about)
    return Refusal(obstacle, said)
