import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.hub.jobs import ATTESTATIONS, SIGNATURE
from bot.release.actions import HubActions
from bot.release.attestations.provenance import read_subjects
from bot.release.attestations.signature import check, read_public_key
from bot.release.attestations.signing import KeyFile
from bot.release.attestations.sums import read_sums
from bot.release.files import inspect_folder
from bot.release.progress import Status
from bot.release.workflow import run
from bot.rendering import render
from tests.fixtures.hub import SandboxHub
from tests.release.attestations.keys import make_keys
from tests.release.worlds import MANIFEST, REQUEST, FolderSource, Killed, World

HUB_ID = "acme/digits-moved"


def paths(hub: SandboxHub) -> set[str]:
    return {one["rfilename"] for one in hub.info(HUB_ID)["siblings"]} - {".gitattributes"}


async def test_a_signed_release_carries_all_that_attests_it(
    hub: SandboxHub, actions: HubActions, model: Path, tmp_path: Path
) -> None:
    private, public = make_keys(tmp_path)
    world = World()
    outcome = await run(REQUEST, world, replace(actions, signing=KeyFile(private)))
    assert outcome.status is Status.PUBLISHED, outcome.message
    assert paths(hub) == {file.path for file in inspect_folder(model).files} | {*ATTESTATIONS, "LICENSE"}
    sums = read_sums(hub.content(HUB_ID, "SHA256SUMS").decode())
    signed = check(hub.content(HUB_ID, SIGNATURE).decode(), read_public_key(public.read_bytes()))
    assert signed.keys() == paths(hub) - {SIGNATURE}
    assert sums.items() <= signed.items()
    statement = json.loads(hub.content(HUB_ID, "provenance.intoto.json"))
    assert read_subjects(statement).items() <= sums.items()
    build = statement["predicate"]["buildDefinition"]["internalParameters"]
    assert (build["requester"], build["approvers"]) == ("alice", ["bob"])
    assert {gate["name"]: gate["outcome"] for gate in build["gates"]}["approval"] == "pass"
    assert world.journal.shown[-1].remarks == (
        "LICENSE was written for this release: the text of apache-2.0, which the manifest names.",
    )


async def test_killed_on_its_way_it_keeps_the_signature_and_announces_once(
    hub: SandboxHub, actions: HubActions, source: FolderSource, tmp_path: Path
) -> None:
    source.text = MANIFEST + "collections: [Digits]\nreplaces: acme/digits-base\n"
    private, public = make_keys(tmp_path)
    signing = replace(actions, signing=KeyFile(private))
    first = World(kill_before="stage")
    with pytest.raises(Killed):
        await run(REQUEST, first, signing)
    private.unlink()
    with pytest.raises(Killed):
        await run(REQUEST, World(journal=first.journal, kill_after="announce"), signing)
    assert (await run(REQUEST, World(journal=first.journal), signing)).status is Status.PUBLISHED
    check(hub.content(HUB_ID, SIGNATURE).decode(), read_public_key(public.read_bytes()))
    (collection,) = hub.get("/api/collections?owner=acme").json()
    assert [item["id"] for item in collection["items"]] == [HUB_ID]
    assert "new_version: acme/digits-moved" in first.journal.shown[-1].remarks[-1]


async def test_another_attempt_at_what_broke_off_replaces_only_what_attests_it(
    hub: SandboxHub, actions: HubActions
) -> None:
    hub.fault("/settings$", "status", status=403)
    assert (await run(REQUEST, World(), actions)).status is Status.FAILED
    hub.no_faults()
    outcome = await run(replace(REQUEST, id="r2", requester="dora", requester_account=7), World(), actions)
    assert outcome.status is Status.PUBLISHED, outcome.message
    told = json.loads(hub.content(HUB_ID, "provenance.intoto.json"))["predicate"]
    assert told["runDetails"]["metadata"]["invocationId"] == "r2"
    assert hub.tags(HUB_ID) == {"v1.0.0": outcome.commit}


async def test_what_a_release_lacks_is_said_and_does_not_undo_it(
    hub: SandboxHub, actions: HubActions, source: FolderSource
) -> None:
    source.text = MANIFEST + "collections: [Digits]\n"
    hub.fault("/api/collections", "status", status=403)
    world = World()
    assert (await run(REQUEST, world, actions)).status is Status.PUBLISHED
    ending = render("comments/release_ended.md.j2", progress=world.journal.shown[-1])
    assert "It is not signed: no signing key is set" in ending
    assert "It was not announced everywhere" in ending
