from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.actions import DecideRelease, StartRelease
from bot.commands import Permission
from bot.errors import GoneError, UserError
from bot.events import Issue, Repository, Thread
from bot.feature import Call
from bot.features.release_model import (
    ReleaseModelSection,
    approval_given,
    cancel_asked,
    release_asked,
)
from bot.reads import ReleaseUnderWay
from tests.fixtures.events import account, call, issue, repository

HEAD = "c" * 40
TAGGED = "d" * 40
MANIFEST = "hub_id: octo/digits\nversion: 1.0.0\nsource: models/digits\nlicense: mit\n"
WAITING = ReleaseUnderWay(
    id="release-1",
    thread="octo/models#7",
    hub_id="octo/digits",
    requester="maya",
    requester_account=11,
    step="approve",
    digest="abcdef0123456789",
)


@dataclass
class Reads:
    manifest: str | None = MANIFEST
    tagged: str = MANIFEST
    here: ReleaseUnderWay | None = None
    allowed: bool = True
    private: bool = False
    held: Permission = Permission.WRITE
    merged: bool = True
    threads: tuple[int, ...] = (7,)
    has_login: int = 0
    """The account that has everybody's login now; 0 for whoever it was."""

    async def repository(self, name: str) -> Repository:
        return Repository.model_validate(repository(name, private=self.private))

    async def branch_head(self, repository: str, branch: str) -> str:
        return HEAD

    async def commit_of_tag(self, repository: str, tag: str) -> str:
        return TAGGED

    async def is_part_of(self, repository: str, commit: str, branch: str) -> bool:
        return self.merged

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        return {HEAD: self.manifest, TAGGED: self.tagged}[ref]

    async def issue(self, repository: str, number: int) -> Issue:
        if number not in self.threads:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(issue(number=number))

    async def permission(self, repository: str, login: str, account: int = 0) -> Permission:
        return self.held if self.has_login in (0, account) else Permission.NONE

    async def may_publish(self, repository: str, hub_id: str) -> bool:
        return self.allowed

    async def release_under_way(self, thread: Thread) -> ReleaseUnderWay | None:
        return self.here


SECTION = ReleaseModelSection()


def by(login: str, number: int, words: str) -> Call:
    """A command by somebody whose account has a number."""
    plain = call(words, author=login)
    sender = {**account(login), "id": number}
    payload = plain.event.payload.model_copy(
        update={"sender": type(plain.event.repository.owner).model_validate(sender)}
    )
    return replace(plain, event=replace(plain.event, payload=payload))


async def test_a_release_is_of_the_default_branch_as_it_stands_now() -> None:
    (start,) = await release_asked(by("maya", 11, "/release-model"), SECTION, Reads())
    assert isinstance(start, StartRelease)
    assert (start.model, start.commit, start.requester, start.requester_account) == (
        "octo/digits",
        HEAD,
        "maya",
        11,
    )


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        (Reads(manifest=None), "There is no `model-release.yml` on the default branch"),
        (Reads(manifest="hub_id: octo/digits\nversoin: 1.0.0\n"), "Line 2, column 1"),
        (Reads(allowed=False), "GIVEBACK_HUB_NAMESPACES"),
        (Reads(here=WAITING), "under way already"),
    ],
)
async def test_what_stands_in_the_way_of_a_release_is_said_with_the_next_step(
    reads: Reads, words: str
) -> None:
    with pytest.raises(UserError) as refused:
        await release_asked(by("maya", 11, "/release-model"), SECTION, reads)
    assert words in str(refused.value)


@pytest.mark.parametrize("words", ["", " version=1.0.0", " version=v1.0.0", " version=1.0.0 dry-run"])
async def test_the_version_somebody_names_has_to_be_the_manifests(words: str) -> None:
    (start,) = await release_asked(by("maya", 11, f"/release-model{words}"), SECTION, Reads())
    assert isinstance(start, StartRelease)
    assert (start.version, start.rehearsal) == ("1.0.0", "dry-run" in words)
    with pytest.raises(
        UserError, match=r"asked for version `2.0.0`, and `model-release.yml` .* says `1.0.0`"
    ):
        await release_asked(by("maya", 11, "/release-model version=2.0.0"), SECTION, Reads())


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_from_a_private_repository_who_may_see_the_model_has_to_be_said(visibility: str) -> None:
    asked = by("maya", 11, "/release-model")
    with pytest.raises(UserError, match="Add `visibility: public` or `visibility: private`"):
        await release_asked(asked, SECTION, Reads(private=True))
    reads = Reads(manifest=f"{MANIFEST}visibility: {visibility}\n", private=True)
    (start,) = await release_asked(asked, SECTION, reads)
    assert isinstance(start, StartRelease)
    assert start.private


async def test_an_approval_is_for_the_content_that_was_shown() -> None:
    (decision,) = await approval_given(by("sam", 12, "/approve ABCDEF012345"), SECTION, Reads(here=WAITING))
    assert isinstance(decision, DecideRelease)
    assert (decision.verdict, decision.login, decision.account, decision.permission, decision.digest) == (
        "approve",
        "sam",
        12,
        "write",
        WAITING.digest,
    )


@pytest.mark.parametrize(
    ("caller", "reads", "words"),
    [
        (("maya", 11, "/approve abcdef012345"), Reads(here=WAITING), "somebody else with write access"),
        (("maya-renamed", 11, "/approve"), Reads(here=WAITING), "somebody else with write access"),
        (("sam", 12, "/approve"), Reads(here=WAITING), "comment exactly `/approve abcdef012345`"),
        (("sam", 12, "/approve abcdef01234"), Reads(here=WAITING), "not `abcdef01234`"),
        (("sam", 12, "/approve 1234567890ab"), Reads(here=WAITING), "exactly `/approve abcdef012345`"),
        (("sam", 12, "/approve"), Reads(here=replace(WAITING, step="check")), "does not wait for approval"),
        (("sam", 12, "/approve"), Reads(), "Start one with `/release-model`"),
    ],
)
async def test_an_approval_that_cannot_count_is_refused_with_the_reason(
    caller: tuple[str, int, str], reads: Reads, words: str
) -> None:
    with pytest.raises(UserError) as refused:
        await approval_given(by(*caller), SECTION, reads)
    assert words in str(refused.value)


async def test_the_one_who_asked_may_cancel_too() -> None:
    (decision,) = await cancel_asked(by("maya", 11, "/cancel-release"), SECTION, Reads(here=WAITING))
    assert isinstance(decision, DecideRelease)
    assert decision.verdict == "cancel"


@pytest.mark.parametrize("step", ["publish", "tag", "announce"])
async def test_what_is_being_published_cannot_be_cancelled_and_nobody_is_made_to_believe_it(
    step: str,
) -> None:
    with pytest.raises(UserError, match="cannot be stopped any more"):
        await cancel_asked(
            by("maya", 11, "/cancel-release"), SECTION, Reads(here=replace(WAITING, step=step))
        )


@pytest.mark.parametrize(
    ("kind", "step", "words"),
    [
        ("rollback", "restore", "in one commit that cannot be stopped halfway"),
        ("rollback", "verify", "stopping now would leave them unchecked and take nothing back"),
        ("rollback", "tag", "comment `/rollback-release` with the version you want"),
        ("withdrawal", "erase", "is being deleted already"),
    ],
)
async def test_what_cannot_be_stopped_halfway_says_why_and_what_helps(
    kind: str, step: str, words: str
) -> None:
    going = replace(WAITING, kind=kind, step=step)
    with pytest.raises(UserError) as refused:
        await cancel_asked(by("maya", 11, "/cancel-release"), SECTION, Reads(here=going))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "step"), [("release", "verify"), ("rollback", "look"), ("withdrawal", "approve")]
)
async def test_what_has_changed_nothing_yet_can_be_cancelled(kind: str, step: str) -> None:
    going = replace(WAITING, kind=kind, step=step)
    [decision] = await cancel_asked(by("maya", 11, "/cancel-release"), SECTION, Reads(here=going))
    assert isinstance(decision, DecideRelease)
