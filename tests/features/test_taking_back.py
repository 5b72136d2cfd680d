from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.actions import Reply, TakeBack
from bot.errors import UserError
from bot.events import Thread
from bot.features.taking_back import (
    Reads,
    TakingBackSection,
    rollback_asked,
    status_asked,
    withdrawal_asked,
)
from bot.reads import NotedRelease, ReleaseUnderWay
from tests.features.test_release_model import HEAD, MANIFEST, WAITING, by

SECTION = TakingBackSection()
PUBLISHED = NotedRelease(
    hub_id="octo/digits",
    version="1.1.0",
    kind="release",
    is_going=False,
    standing="published",
    requester="maya",
    day="2026-11-20",
    number=7,
)


@dataclass
class Kept(Reads):
    manifest: str | None = MANIFEST + "approvers: 2\n"
    here: ReleaseUnderWay | None = None
    noted: tuple[NotedRelease, ...] = (PUBLISHED,)
    allowed: bool = True

    async def branch_head(self, repository: str, branch: str) -> str:
        return HEAD

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        return self.manifest if ref == HEAD else None

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        return self.allowed

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        return self.here

    async def releases_of(self, thread: Thread) -> tuple[NotedRelease, ...]:
        return self.noted


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        ("/rollback-release", ()),
        ("/rollback-release v1.0.0", ("1.0.0",)),
        ("/rollback-release 1.0.0", ("1.0.0",)),
    ],
)
async def test_going_back_is_of_the_model_the_manifest_names_with_as_many_approvals(
    words: str, versions: tuple[str, ...]
) -> None:
    (start,) = await rollback_asked(by("maya", 11, words), SECTION, Kept())
    assert isinstance(start, TakeBack)
    assert (start.what, start.model, start.versions) == ("rollback", "octo/digits", versions)
    assert (start.requester_account, start.approvers) == (11, 2)


async def test_a_withdrawal_names_its_versions_and_takes_each_once() -> None:
    (start,) = await withdrawal_asked(by("maya", 11, "/withdraw-release 1.1.0 v1.1.0 1.0.0"), SECTION, Kept())
    assert isinstance(start, TakeBack)
    assert (start.what, start.versions) == ("withdrawal", ("1.1.0", "1.0.0"))
    with pytest.raises(UserError, match="Name the versions to withdraw"):
        await withdrawal_asked(by("maya", 11, "/withdraw-release"), SECTION, Kept())


async def test_a_model_released_here_can_be_named_when_the_manifest_is_gone() -> None:
    asked = by("maya", 11, "/withdraw-release 1.1.0 model=octo/digits")
    (start,) = await withdrawal_asked(asked, SECTION, Kept(manifest=None))
    assert isinstance(start, TakeBack)
    assert start.model == "octo/digits"


@pytest.mark.parametrize(
    ("words", "reads", "said"),
    [
        ("/rollback-release one", Kept(), "`one` is no version"),
        ("/rollback-release 1.0.0 0.9.0", Kept(), "Name one version"),
        ("/rollback-release", Kept(manifest=None), "name the model"),
        ("/rollback-release model=octo/other", Kept(), "was not released from this repository"),
        ("/rollback-release", Kept(allowed=False), "does not let this repository change"),
        ("/rollback-release", Kept(here=WAITING), "Something is under way on this thread"),
        (
            "/rollback-release",
            Kept(noted=(replace(PUBLISHED, is_going=True, standing="approve", number=9),)),
            "A release of `octo/digits` is under way on #9",
        ),
    ],
)
async def test_what_stands_in_the_way_is_said_with_the_next_step(words: str, reads: Kept, said: str) -> None:
    with pytest.raises(UserError) as refused:
        await rollback_asked(by("maya", 11, words), SECTION, reads)
    assert said in str(refused.value)


async def test_a_release_that_waits_does_not_keep_a_leak_public() -> None:
    waits = (replace(PUBLISHED, is_going=True, standing="approve"),)
    asked = by("maya", 11, "/withdraw-release 1.1.0")
    assert await withdrawal_asked(asked, SECTION, Kept(noted=waits))


async def test_the_status_is_short_and_says_what_goes_on() -> None:
    going = replace(PUBLISHED, version="", kind="rollback", is_going=True, standing="approve", number=9)
    asked = by("eve", 13, "/release-status")
    (reply,) = await status_asked(asked, SECTION, Kept(noted=(going, *[PUBLISHED] * 12)))
    assert isinstance(reply, Reply)
    assert "**approve**" in reply.body
    assert "| 1.1.0 | release | published | maya, 2026-11-20 | #7 |" in reply.body
    assert "And 3 earlier." in reply.body
    (reply,) = await status_asked(asked, SECTION, Kept(noted=()))
    assert isinstance(reply, Reply)
    assert "Nothing has been released" in reply.body
