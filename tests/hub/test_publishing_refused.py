from pathlib import Path

import pytest

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.jobs import HubAccess, Staged
from bot.hub.publishing import Publisher
from tests.fixtures.hub import SandboxHub, published
from tests.hub.releasing import HUB_ID, stage


def commits_of(hub: SandboxHub, staged: Staged) -> list[str]:
    found = hub.get(f"/api/models/{staged.repository}/commits/{staged.branch}").raise_for_status().json()
    return [commit["id"] for commit in found]


async def test_a_token_that_can_only_read_is_refused_in_plain_words(hub: SandboxHub, model: Path) -> None:
    reader = Publisher(hub.user("reader", role="read", orgs={"acme": "write"}))
    with pytest.raises(HubRefused, match="can only read"):
        await stage(reader, model)
    assert hub.models() == []


async def test_a_stranger_to_the_organisation_is_refused_in_plain_words(hub: SandboxHub, model: Path) -> None:
    stranger = Publisher(hub.user("stranger"))
    staged = await stage(stranger, model)
    with pytest.raises(HubRefused, match=HUB_ID):
        await stranger.upload(model, published(model), staged=staged, message="x")
    assert not hub.exists(HUB_ID)


async def test_a_token_nobody_knows_is_refused_without_showing_it(hub: SandboxHub, model: Path) -> None:
    wrong = Publisher(HubAccess(hub.url, "hf_nobodyknowsthistoken"))
    with pytest.raises(HubRefused) as caught:
        await wrong.access()
    assert "hf_nobody" not in str(caught.value) + repr(wrong) + repr(caught.value)


async def test_a_card_the_hub_does_not_accept_is_refused_before_anything_is_sent(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    (model / "README.md").write_text("---\nlicense: [broken\n---\n")
    staged = await stage(publisher, model)
    with pytest.raises(HubRefused, match="README"):
        await publisher.upload(model, published(model), staged=staged, message="x")
    assert len(commits_of(hub, staged)) == 1


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "cut"}, {"kind": "status", "status": 429}],
    ids=["status", "cut", "limit"],
)
async def test_what_may_pass_is_told_from_what_may_not(
    hub: SandboxHub, publisher: Publisher, model: Path, tmp_path: Path, fault: dict[str, object]
) -> None:
    staged = await stage(publisher, model)
    hub.fault("/commit/", **fault)  # type: ignore[arg-type]  # the kind is among the fault's keys
    with pytest.raises(HubUnavailable):
        await publisher.upload(model, published(model), staged=staged, message="x")
    hub.no_faults()
    assert len(commits_of(hub, staged)) == 1
    done = await publisher.upload(model, published(model), staged=staged, message="x")
    await publisher.verify(staged.repository, done.commit, published(model), room=tmp_path / "room")


async def test_a_commit_whose_answer_got_lost_is_found_again_and_not_made_twice(
    hub: SandboxHub, publisher: Publisher, model: Path
) -> None:
    staged = await stage(publisher, model)
    hub.fault("/commit/", "cut", after_response=True, times=1)
    with pytest.raises(HubUnavailable):
        await publisher.upload(model, published(model), staged=staged, message="x")
    done = await publisher.upload(model, published(model), staged=staged, message="x")
    assert commits_of(hub, staged) == [done.commit, *hub.commits(HUB_ID)]
