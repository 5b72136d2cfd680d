"""Releases that nobody wrote a comment for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions import Action, Remember, ReportCheck, StartRelease
from bot.commands import Permission
from bot.events import RELEASE_ASKED, Event
from bot.features.release_model import ReleaseModelSection, feature
from tests.features.test_release_model import HEAD, MANIFEST, TAGGED, Reads
from tests.fixtures.events import Json, event

EVERYTHING = ReleaseModelSection(start_on=("release", "repository_dispatch", "workflow_dispatch"))
MAYA: Json = {"login": "maya", "id": 11, "type": "User"}


def published(tag: str = "v1.0.0", action: str = "released") -> Event:
    return event("release", action, release={"tag_name": tag}, sender=MAYA)


def dispatch(payload: Any = None, kind: str = "giveback-release") -> Event:
    return event("repository_dispatch", kind, client_payload=payload, sender=MAYA)


def workflow(ref: str = "refs/heads/main", inputs: Any = None, file: str = "release-model.yml") -> Event:
    where = f".github/workflows/{file}"
    return event("workflow_dispatch", ref=ref, inputs=inputs, workflow=where, sender=MAYA)


def call(payload: Any = None) -> Event:
    return event(RELEASE_ASKED, "asked", client_payload=payload, sender=MAYA)


async def answered(
    found: Event, section: ReleaseModelSection = EVERYTHING, reads: Reads | None = None
) -> list[Action]:
    return [
        action
        for handler in feature.handlers_for(found)
        for action in await handler(found, section, reads or Reads())
    ]


@pytest.mark.parametrize("found", [published(), dispatch(), workflow(), call()], ids=lambda one: one.name)
async def test_each_way_starts_a_release_by_whoever_did_it(found: Event) -> None:
    (start,) = await answered(found)
    assert isinstance(start, StartRelease)
    assert (start.model, start.version, start.number) == ("octo/digits", "1.0.0", 0)
    assert (start.requester, start.requester_account) == ("maya", 11)
    assert start.commit == (TAGGED if found.name == "release" else HEAD)


@pytest.mark.parametrize(
    ("found", "section"),
    [
        (published(), ReleaseModelSection()),
        (published(action="published"), EVERYTHING),
        (published(action="prereleased"), EVERYTHING),
        (dispatch(), ReleaseModelSection()),
        (dispatch(kind="something-else"), EVERYTHING),
        (workflow(), ReleaseModelSection()),
        (workflow(file="tests.yml"), EVERYTHING),
    ],
)
async def test_what_nobody_asked_for_starts_nothing(found: Event, section: ReleaseModelSection) -> None:
    assert await answered(found, section) == []


@pytest.mark.parametrize(
    "given", [{"version": "v1.0.0", "dry_run": "true", "thread": "7"}, {"dry_run": True}]
)
async def test_version_dry_run_and_thread_can_be_said_as_text_or_not(given: Json) -> None:
    for found in (dispatch(given), workflow(inputs={"thread": "", **given}), call(given)):
        (start,) = await answered(found)
        assert isinstance(start, StartRelease)
        assert (start.rehearsal, start.number) == (True, 7 if "thread" in given else 0)


@pytest.mark.parametrize(
    ("found", "reads", "words"),
    [
        (dispatch(), Reads(held=Permission.READ), "takes write permission"),
        (call(), Reads(has_login=999), "takes write permission"),
        (dispatch({"permission": "admin"}), Reads(held=Permission.NONE), "takes write permission"),
        (dispatch({"version": "2.0.0"}), Reads(), "asked for version `2.0.0`"),
        (dispatch({"thread": 8}), Reads(), "is not in this repository"),
        (dispatch({"thread": "x"}), Reads(), "cannot be read"),
        (dispatch(["version"]), Reads(), "cannot be read"),
        (workflow(ref="refs/heads/work"), Reads(), "Only commits of the default branch"),
        (published(), Reads(merged=False), "Only commits of the default branch"),
        (published(), Reads(tagged=f"{MANIFEST}approvers: 2\n"), "is not the one at the commit"),
        (call(), Reads(manifest=None), "no `model-release.yml`"),
    ],
)
async def test_what_may_not_start_is_said_on_the_commit(found: Event, reads: Reads, words: str) -> None:
    told = await answered(found, reads=reads)
    checks = [one for one in told if isinstance(one, ReportCheck)]
    assert all(one.conclusion == "failure" and words in one.summary for one in checks)
    assert len(checks) == 1
    remembered = [one for one in told if isinstance(one, Remember)]
    assert [one.key for one in remembered] == (
        [f"release-{found.guid}"] if found.name == RELEASE_ASKED else []
    )
    assert not any(isinstance(one, StartRelease) for one in told)


@pytest.mark.parametrize("held", [Permission.WRITE, Permission.NONE])
async def test_a_release_of_something_else_on_github_is_nobodys_mistake(held: Permission) -> None:
    (check,) = await answered(published("v2.0.0"), reads=Reads(held=held))
    assert isinstance(check, ReportCheck)
    assert (check.conclusion, check.commit) == ("neutral", TAGGED)


OLDER = MANIFEST.replace("version: 1.0.0", "version: 0.9.4")


@pytest.mark.parametrize(
    "reads", [Reads(merged=False, tagged=OLDER), Reads(tagged=OLDER), Reads(merged=False, tagged=MANIFEST)]
)
async def test_a_release_of_an_older_line_on_github_leaves_the_hub_and_nobody_did_anything_wrong(
    reads: Reads,
) -> None:
    (check,) = await answered(published("v0.9.4"), reads=reads)
    assert isinstance(check, ReportCheck)
    assert (check.conclusion, check.title) == ("neutral", "Nothing to release to the Hub")
    assert "`0.9.4` comes before `1.0.0`" in check.summary
    assert "there is nothing to do" in check.summary


async def test_a_tag_of_something_else_on_another_branch_is_nobodys_mistake_either() -> None:
    (check,) = await answered(published("docs-2026"), reads=Reads(merged=False))
    assert isinstance(check, ReportCheck)
    assert check.conclusion == "neutral"


async def test_a_version_somebody_asks_for_by_name_stays_refused_when_it_is_older() -> None:
    (check,) = await answered(dispatch({"version": "0.9.4"}))
    assert isinstance(check, ReportCheck)
    assert check.conclusion == "failure"
