"""What a dry run lists is what the steps of a release do, in their order."""

from __future__ import annotations

import pytest

from bot.hub.jobs import Prospect
from bot.hub.staging import staging_repository
from bot.release.files import ReleaseFile
from bot.release.manifest import read_manifest
from bot.release.rehearsal import Rehearsal, rehearsed

MODEL = "octo/digits"
BESIDE = staging_repository(MODEL, "r1")
FILES = (ReleaseFile("model.safetensors", 10, "a" * 64), ReleaseFile("README.md", 5, "b" * 64))


def rehearsal(prospect: Prospect, visibility: str = "public") -> Rehearsal:
    text = f"hub_id: {MODEL}\nversion: 1.1.0\nsource: m\nlicense: mit\nvisibility: {visibility}\n"
    return rehearsed("r1", read_manifest(text), FILES, ("SHA256SUMS",), prospect, "Release 1.1.0")


def settings(found: Rehearsal) -> list[tuple[str, str, str]]:
    return [(one.repository, one.what, one.value) for one in found.settings]


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_first_version_makes_one_repository_and_is_sent_there_once(visibility: str) -> None:
    found = rehearsal(Prospect(branch="giveback-0"), visibility)
    place = f"{MODEL}@giveback-0"
    assert [(one.repository, one.parent) for one in found.commits] == [(place, ""), (MODEL, "")]
    shown = [(MODEL, "visibility", "public")] if visibility == "public" else []
    assert settings(found) == [
        (MODEL, "made", "private"),
        (place, "made", "a branch, private as the repository is"),
        *shown,
        (MODEL, "tag", "v1.1.0"),
        (place, "deleted", "when the release has ended"),
    ]
    assert found.size == 15


@pytest.mark.parametrize(
    ("prospect", "place", "who"),
    [
        (Prospect(is_there=True, head="c"), BESIDE, "private, for this release alone"),
        (Prospect(True, False, "c", branch="giveback-0"), f"{MODEL}@giveback-0", "that everybody sees"),
        (Prospect(True, True, "c", branch="giveback-0"), f"{MODEL}@giveback-0", "private as the repository"),
    ],
)
def test_who_sees_the_place_in_which_it_is_prepared_is_said(prospect: Prospect, place: str, who: str) -> None:
    (first, what, value), *_ = settings(rehearsal(prospect))
    assert (first, what) == (place, "made")
    assert who in value


def test_a_later_version_builds_on_the_one_before_and_says_what_goes() -> None:
    found = rehearsal(Prospect(is_there=True, head="c" * 40, removes=("old.bin",)))
    assert (found.commits[1].parent, found.commits[1].removes) == ("c" * 40, ("old.bin",))
    assert not any(what == "visibility" for _, what, _ in settings(found))


def test_what_is_there_already_is_only_tagged() -> None:
    found = rehearsal(Prospect(is_there=True, head="c" * 40, complete=True))
    assert (found.commits, settings(found)) == ((), [(MODEL, "tag", "v1.1.0")])


def test_what_the_hub_has_in_the_way_is_said_instead_of_a_list() -> None:
    found = rehearsal(Prospect(is_there=True, hindrance="It is somebody else's.", next_step="Ask them."))
    assert (found.commits, found.settings, found.hindrance) == ((), (), "It is somebody else's.")
    assert found.files == FILES
