"""Branches and pull requests of the bot's own, made with PyGithub."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions import FileChange
from bot.errors import RefusedError, TransientError
from bot.github.client import InstallationClient
from bot.github.writer import BRANCH_NAMES, GitHubWriter
from tests.sandbox.github.stage import Stage, commit

REPOSITORY = "alice/models"
BRANCH = "giveback/card-1"


def head(stage: Stage, branch: str = "main") -> str:
    found = stage.alice.get(f"/repos/{REPOSITORY}/git/ref/heads/{branch}")
    return str(found["object"]["sha"])


def branches(stage: Stage) -> list[str]:
    found = stage.alice.get(f"/repos/{REPOSITORY}/git/matching-refs/heads/giveback")
    return [one["ref"].removeprefix("refs/heads/") for one in found]


def make_branch(stage: Stage, name: str = BRANCH) -> None:
    stage.alice.post(f"/repos/{REPOSITORY}/git/refs", {"ref": f"refs/heads/{name}", "sha": head(stage)})


def pull(stage: Stage, number: int) -> Any:
    return stage.alice.get(f"/repos/{REPOSITORY}/pulls/{number}")


async def propose(writer: GitHubWriter, stage: Stage, content: str) -> int:
    return await writer.open_pull_request(
        REPOSITORY,
        base="main",
        start=head(stage),
        branch=BRANCH,
        files=[FileChange(path="CARD.md", content=content)],
        title="Add a card",
        body="Here it is",
    )


async def test_a_second_proposal_renews_the_first(writer: GitHubWriter, stage: Stage) -> None:
    first = await propose(writer, stage, "one")
    before = head(stage, BRANCH)
    assert await propose(writer, stage, "two") == first
    assert head(stage, BRANCH) != before
    assert branches(stage) == [BRANCH]


async def test_a_branch_the_bot_left_behind_is_used_again(writer: GitHubWriter, stage: Stage) -> None:
    first = await propose(writer, stage, "one")
    stage.alice.patch(f"/repos/{REPOSITORY}/pulls/{first}", {"state": "closed"})
    commit(stage.alice, REPOSITORY, "notes.md", "main goes on")
    second = await propose(writer, stage, "two")
    assert second != first
    assert branches(stage) == [BRANCH]


@pytest.mark.parametrize("state", ["open", "closed"])
async def test_work_of_people_on_the_bots_branch_is_never_overwritten(
    writer: GitHubWriter, stage: Stage, state: str
) -> None:
    first = await propose(writer, stage, "one")
    stage.alice.patch(f"/repos/{REPOSITORY}/pulls/{first}", {"state": state})
    commit(stage.alice, REPOSITORY, "CARD.md", "alice knows better", BRANCH)
    theirs = head(stage, BRANCH)
    second = await propose(writer, stage, "two")
    assert head(stage, BRANCH) == theirs
    assert pull(stage, second)["head"]["ref"] == f"{BRANCH}-2"
    assert await propose(writer, stage, "three") == second


async def test_work_below_the_bots_own_commit_counts_too(writer: GitHubWriter, stage: Stage) -> None:
    make_branch(stage)
    commit(stage.alice, REPOSITORY, "mine.md", "alice was here", BRANCH)
    theirs = head(stage, BRANCH)
    change = FileChange(path="CARD.md", content="on top")
    on_top = await writer.commit_files(REPOSITORY, BRANCH, theirs, [change], "Write a card")
    number = await propose(writer, stage, "two")
    assert pull(stage, number)["head"]["ref"] == f"{BRANCH}-2"
    assert head(stage, BRANCH) == on_top


async def test_a_branch_that_adds_nothing_is_free(writer: GitHubWriter, stage: Stage) -> None:
    make_branch(stage)
    number = await propose(writer, stage, "one")
    assert pull(stage, number)["head"]["ref"] == BRANCH


async def test_when_every_name_is_taken_nothing_is_opened(writer: GitHubWriter, stage: Stage) -> None:
    for number in range(1, BRANCH_NAMES + 1):
        name = BRANCH if number == 1 else f"{BRANCH}-{number}"
        make_branch(stage, name)
        commit(stage.alice, REPOSITORY, f"{number}.md", "alice was here", name)
    with pytest.raises(RefusedError, match="somebody else's work"):
        await propose(writer, stage, "one")
    assert stage.alice.get(f"/repos/{REPOSITORY}/pulls") == []


async def test_a_limit_met_by_git_work_holds_back_the_rest_and_the_other_way_round(
    writer: GitHubWriter, bot: InstallationClient, stage: Stage
) -> None:
    await bot.login()
    fault = {"path": "/git/refs$", "method": "POST", "kind": "secondary_rate_limit", "seconds": 40}
    stage.set("POST", "/faults", fault)
    for _ in range(2):
        with pytest.raises(TransientError) as limit:
            await propose(writer, stage, "one")
        assert limit.value.retry_after == pytest.approx(40, abs=5)
    for call in (bot.get(f"/repos/{REPOSITORY}"), writer.react(REPOSITORY, 1, None, "eyes")):
        with pytest.raises(TransientError, match="limit"):
            await call
    (known,) = stage.set("GET", "/faults")["faults"]
    assert known["fired"] == 1
