import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from bot.release.actions import HubActions
from bot.release.progress import STEPS, Reach, ReleaseOutcome, State, Status
from bot.release.request import Decision, DecisionKind
from bot.release.workflow import run
from bot.rendering import render
from tests.fixtures.hub import SandboxHub
from tests.release.worlds import APPROVE, MANIFEST, REQUEST, FolderSource, Killed, World

HUB_ID = "acme/digits-moved"
BOB = Decision(DecisionKind.CANCEL, "bob", "write", account=2)


def shown(world: World) -> str:
    return render("comments/release.md.j2", progress=world.journal.shown[-1])


def ended(world: World) -> str:
    return render("comments/release_ended.md.j2", progress=world.journal.shown[-1])


def published_once(hub: SandboxHub, outcome: ReleaseOutcome, model: Path) -> None:
    assert outcome.status is Status.PUBLISHED, outcome.message
    assert hub.models() == [HUB_ID]
    assert hub.is_public(HUB_ID)
    assert hub.tags(HUB_ID) == {"v1.0.0": outcome.commit}
    head, *earlier = hub.commits(HUB_ID)
    assert head == outcome.commit
    assert len(earlier) == 1
    for path in model.iterdir():
        assert hub.content(HUB_ID, path.name) == path.read_bytes()


async def test_a_release_goes_through_every_step_and_ends_public_and_tagged(
    hub: SandboxHub, actions: HubActions, model: Path, tmp_path: Path
) -> None:
    world = World()
    outcome = await run(REQUEST, world, actions)
    published_once(hub, outcome, model)
    last = world.journal.shown[-1]
    assert [step.name for step in last.steps] == list(STEPS)
    assert {step.state for step in last.steps} == {State.DONE}
    assert all(gate.passed for gate in outcome.gates)
    assert not (tmp_path / "room/r1").exists()
    assert "**Published.**" in shown(world)


async def test_nothing_reaches_the_hub_before_somebody_else_approved(
    hub: SandboxHub, actions: HubActions
) -> None:
    world = World(decisions=[None])
    outcome = await run(REQUEST, world, actions)
    assert outcome.status is Status.EXPIRED
    assert not hub.exists(HUB_ID)
    waiting = render("comments/release.md.j2", progress=world.journal.shown[-2])
    digest = world.journal.shown[-2].digest or ""
    assert "Somebody with write permission other than alice can approve" in waiting
    assert f"comment `/approve {digest[:12]}`" in waiting


async def test_the_requesters_own_word_and_that_of_readers_do_not_count(
    hub: SandboxHub, actions: HubActions
) -> None:
    first = World(decisions=[None])
    await run(REQUEST, first, actions)
    digest = first.journal.shown[-1].digest or ""
    own = Decision(DecisionKind.APPROVE, "alice-renamed", "admin", digest, account=1)
    reader = Decision(DecisionKind.APPROVE, "eve", "read", digest, account=3)
    stale = Decision(DecisionKind.APPROVE, "bob", "write", "0" * 64, account=2)
    world = World(decisions=[own, reader, stale, None])
    assert (await run(REQUEST, world, actions)).status is Status.EXPIRED
    assert not hub.exists(HUB_ID)
    assert "asked for the release" in shown(world)


async def test_a_failed_gate_refuses_the_release_and_says_why(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    (model / "evil.pkl").write_bytes(b"\x80\x04.")
    world = World()
    outcome = await run(REQUEST, world, actions)
    assert outcome.status is Status.REFUSED
    assert not hub.exists(HUB_ID)
    assert "evil.pkl" in shown(world)


@pytest.mark.parametrize("text", [None, "", "hub_id: [", MANIFEST.replace("version", "versoin")])
async def test_a_manifest_that_is_missing_or_broken_refuses_the_release(
    hub: SandboxHub, actions: HubActions, source: FolderSource, text: str | None
) -> None:
    source.text = text
    world = World()
    outcome = await run(REQUEST, world, actions)
    assert outcome.status is Status.REFUSED
    assert "model\\-release.yml" in shown(world)


async def test_a_source_that_is_not_there_fails_with_what_to_mend(
    actions: HubActions, source: FolderSource
) -> None:
    source.text = MANIFEST.replace("models/digits", "models/none")
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.FAILED
    assert "Mend source" in outcome.next_step


async def test_a_release_can_be_cancelled_while_it_waits_and_until_it_is_public(
    hub: SandboxHub, actions: HubActions
) -> None:
    assert (await run(REQUEST, World(decisions=[BOB]), actions)).status is Status.CANCELLED
    assert not hub.exists(HUB_ID)
    late = await run(REQUEST, World(decisions=[APPROVE, None, BOB]), actions)
    assert late.status is Status.CANCELLED
    assert f"nobody but its owners sees anything of {HUB_ID}" in late.message
    assert hub.models() == []


async def test_a_word_that_comes_while_publishing_begins_is_heard_and_a_later_one_answered(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    world = World(decisions=[APPROVE, None, BOB])
    stopped = await run(REQUEST, world, actions)
    assert any(shown.current == "publish" for shown in world.journal.shown)
    assert (stopped.status, stopped.reach) == (Status.CANCELLED, Reach.NOTHING)
    assert {step.name: step.state for step in world.journal.shown[-1].steps}["publish"] is State.WAITING
    world = World(decisions=[APPROVE, None, None, BOB])
    published_once(hub, await run(REQUEST, world, actions), model)
    assert "bob cancelled it when that was too late; to take it back, comment /rollback" in ended(world)


async def test_a_private_release_stays_private(
    hub: SandboxHub, actions: HubActions, source: FolderSource
) -> None:
    source.text = MANIFEST + "visibility: private\n"
    world = World()
    outcome = await run(REQUEST, world, actions)
    assert outcome.status is Status.PUBLISHED
    assert "private, as the manifest asks" in outcome.message
    assert "is published" not in ended(world)
    assert "released, private as the manifest asks" in ended(world)
    assert not hub.is_public(HUB_ID)


@pytest.mark.parametrize("moment", ["kill_before", "kill_after"])
@pytest.mark.parametrize("step", [step for step in STEPS if step != "approve"])
async def test_killed_around_any_step_it_goes_on_and_publishes_once(
    hub: SandboxHub,
    actions: HubActions,
    source: FolderSource,
    model: Path,
    tmp_path: Path,
    step: str,
    moment: str,
) -> None:
    first = World(kill_before=step) if moment == "kill_before" else World(kill_after=step)
    with pytest.raises(Killed):
        await run(REQUEST, first, actions)
    shutil.rmtree(tmp_path / "room", ignore_errors=True)
    outcome = await run(REQUEST, World(journal=first.journal), actions)
    published_once(hub, outcome, model)


async def test_content_that_changed_while_it_was_down_is_not_published(
    hub: SandboxHub, actions: HubActions, model: Path, tmp_path: Path
) -> None:
    first = World(kill_before="stage")
    with pytest.raises(Killed):
        await run(REQUEST, first, actions)
    shutil.rmtree(tmp_path / "room")
    (model / "config.json").write_text("{}")
    outcome = await run(REQUEST, World(journal=first.journal), actions)
    assert outcome.status is Status.FAILED
    assert "changed since" in outcome.message
    assert not hub.exists(HUB_ID)


async def test_another_worker_goes_on_in_a_room_of_its_own(
    hub: SandboxHub, actions: HubActions, model: Path, tmp_path: Path
) -> None:
    first = World(kill_before="upload")
    with pytest.raises(Killed):
        await run(REQUEST, first, actions)
    (tmp_path / "room").chmod(0)
    other = replace(actions, room=tmp_path / "other", hashed={})
    outcome = await run(REQUEST, World(journal=first.journal), other)
    (tmp_path / "room").chmod(0o700)
    published_once(hub, outcome, model)
    assert (tmp_path / "room/r1").is_dir()  # the dead worker's, which the new one has not touched


async def test_while_people_think_nothing_lies_on_the_disk(actions: HubActions, tmp_path: Path) -> None:
    seen: list[list[Path]] = []

    class Looking(World):
        def _take(self, timeout_seconds: float) -> Decision | None:
            seen.append(list((tmp_path / "room").iterdir()))
            return super()._take(timeout_seconds)

    await run(REQUEST, Looking(decisions=[None]), actions)
    assert seen == [[]]


@pytest.mark.parametrize("private", [True, False])
async def test_where_a_model_comes_from_is_told_on_the_hub_unless_that_is_private(
    hub: SandboxHub, actions: HubActions, private: bool
) -> None:
    await run(replace(REQUEST, private=private), World(), actions)
    commits = hub.get(f"/api/models/{HUB_ID}/commits/main").json()
    told = f"Release 1.0.0 from {REQUEST.repository}@{REQUEST.commit}"
    assert commits[0]["title"] == ("Release 1.0.0" if private else told)


async def test_files_touched_in_the_room_are_fetched_again(
    hub: SandboxHub, actions: HubActions, source: FolderSource, model: Path, tmp_path: Path
) -> None:
    first = World(kill_before="upload")
    with pytest.raises(Killed):
        await run(REQUEST, first, actions)
    (tmp_path / "room/r1/config.json").write_text('{"tampered": true}')
    outcome = await run(REQUEST, World(journal=first.journal), actions)
    published_once(hub, outcome, model)
    assert source.fetched == 3  # to be checked, after the approval, and now


async def test_after_an_outage_that_lasts_a_new_attempt_goes_on(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    hub.fault("/settings$", "status", status=503)
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.FAILED
    assert "It was not published" in outcome.message
    assert not hub.is_public(HUB_ID)
    hub.no_faults()
    published_once(hub, await run(REQUEST, World(), actions), model)


async def test_a_download_that_differs_is_never_published(hub: SandboxHub, actions: HubActions) -> None:
    hub.fault("/resolve/.*config.json", "cut", method="GET", after_bytes=10)
    outcome = await run(REQUEST, World(retries=0), actions)
    assert outcome.status is Status.FAILED
    assert hub.models() == []


async def test_a_token_revoked_midway_is_said_plainly(hub: SandboxHub, actions: HubActions) -> None:
    hub.fault("/preupload/", "status", status=401, headers={"X-Error-Message": "Invalid credentials"})
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.FAILED
    assert "token" in outcome.message
    assert "operator" in outcome.next_step
    assert not hub.is_public(HUB_ID)


async def test_a_name_that_is_taken_by_other_content_is_a_conflict_that_says_so(
    hub: SandboxHub, actions: HubActions
) -> None:
    api = HfApi(endpoint=hub.url, token=hub.token)
    api.create_repo(HUB_ID)
    api.upload_file(path_or_fileobj=b"theirs", path_in_repo="theirs.txt", repo_id=HUB_ID)
    before = hub.commits(HUB_ID)
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.FAILED
    assert "already holds other content" in outcome.message
    assert hub.commits(HUB_ID) == before


async def test_releasing_the_same_again_changes_nothing(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    first = await run(REQUEST, World(), actions)
    again = await run(REQUEST, World(), actions)
    assert again.commit == first.commit
    published_once(hub, again, model)


async def test_how_far_the_upload_is_can_be_seen_while_it_goes(actions: HubActions) -> None:
    world = World()
    await run(REQUEST, world, actions)
    moving = [one for one in world.glimpses if one.current == "upload"]
    assert moving[-1].done_bytes == moving[-1].total_bytes > 0


DRY = "This service is in dry run."


@pytest.mark.parametrize(
    ("asked", "reached", "reach"),
    [
        (1, "Nothing was sent", Reach.NOTHING),
        (2, "Nothing was published", Reach.NOTHING),
        (3, "Nothing was published", Reach.NOTHING),
        (4, "published and verified", Reach.PUBLISHED),
    ],
)
async def test_a_dry_run_stops_it_before_anything_more_is_sent(
    hub: SandboxHub, actions: HubActions, model: Path, asked: int, reached: str, reach: Reach
) -> None:
    world = World(holds=[*([None] * (asked - 1)), DRY])
    outcome = await run(REQUEST, world, actions)
    assert (outcome.status, outcome.reach) == (Status.HELD, reach)
    assert outcome.message.startswith(DRY)
    assert reached in outcome.message
    assert hub.models() == ([HUB_ID] if asked == 4 else [])
    assert hub.is_public(HUB_ID) == (asked == 4)
    assert not hub.exists(HUB_ID) or hub.tags(HUB_ID) == {}
    assert len(ended(world).splitlines()) > 1
    published_once(hub, await run(REQUEST, World(), actions), model)


async def test_a_tag_that_is_taken_is_found_before_anything_is_sent(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    await run(REQUEST, World(), actions)
    (model / "NOTICE").write_text("Something new.")
    before = hub.commits(HUB_ID)
    outcome = await run(REQUEST, World(), actions)
    assert outcome.status is Status.REFUSED
    manifest = next(gate for gate in outcome.gates if gate.gate == "manifest")
    assert "v1.0.0 is on the Hub already, with other files" in manifest.evidence
    assert "new version" in (manifest.remedy or "")
    assert hub.commits(HUB_ID) == before


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_a_model_that_was_withdrawn_is_not_shown_though_its_history_does_not_tell_of_it(
    hub: SandboxHub, actions: HubActions, visibility: str
) -> None:
    HfApi(endpoint=hub.url, token=hub.token).create_repo(HUB_ID, private=visibility == "private")
    outcome = await run(REQUEST, World(), replace(actions, withdrawn=("0.9.0",)))
    assert (outcome.status is Status.PUBLISHED) is (visibility == "public")
    if visibility == "private":
        assert outcome.status is Status.REFUSED
        assert "private because 0.9.0 was withdrawn" in str(outcome.gates)
        assert not hub.is_public(HUB_ID)


async def test_the_ending_says_published_when_only_the_tag_failed(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    hub.fault("/tag/", "status", status=403)
    world = World()
    outcome = await run(REQUEST, world, actions)
    assert (outcome.status, outcome.reach) == (Status.FAILED, Reach.PUBLISHED)
    assert "without publishing" not in ended(world)
    assert "is published, but its release did not come to its end" in ended(world)
    assert hub.is_public(HUB_ID)
    hub.no_faults()
    published_once(hub, await run(REQUEST, World(), actions), model)


async def test_when_the_answer_to_publishing_is_lost_it_is_looked_up(
    hub: SandboxHub, actions: HubActions, model: Path
) -> None:
    hub.fault("/settings$", "cut", after_response=True)
    world = World(retries=0)
    outcome = await run(REQUEST, world, actions)
    assert (outcome.status, outcome.reach) == (Status.FAILED, Reach.PUBLISHED)
    assert "is published and verified" in outcome.message
    hub.no_faults()
    assert hub.is_public(HUB_ID)
    published_once(hub, await run(REQUEST, World(), actions), model)


async def test_when_the_answer_is_lost_and_nobody_can_look_it_claims_nothing(
    hub: SandboxHub, actions: HubActions
) -> None:
    class Blind(World):
        async def _try(self, action: Any, args: Any, kwargs: Any) -> Any:
            if action.__name__ == "publish":
                hub.fault("/", "status", status=503)
            return await super()._try(action, args, kwargs)

    world = Blind(retries=0)
    outcome = await run(REQUEST, world, actions)
    assert (outcome.status, outcome.reach) == (Status.FAILED, Reach.UNCERTAIN)
    assert "may be published by now" in outcome.message
    assert f"{hub.url}/{HUB_ID}" in outcome.message
    assert "whether it was published is not certain" in ended(world)
