"""Releases that are asked for in every way, over real HTTP, as far as they wait for people or end."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi

from bot import api_tokens
from bot.hub.jobs import Staged
from bot.hub.publishing import Publisher
from bot.releases import ReleaseRecord
from tests.bad_input.world import Model, World, good_model
from tests.fixtures.hub import published
from tests.fixtures.make_models import DECLARED
from tests.scene import eventually

CONFIG = "release-model: {start_on: [release, repository_dispatch, workflow_dispatch]}\n"
WORKFLOW = ".github/workflows/release-model.yml"


@pytest.fixture(scope="module")
def model(world: World) -> Model:
    """A model whose releases can be started in every way."""
    made = world.model(config=CONFIG)
    made.place.write(WORKFLOW, "on: workflow_dispatch\n")
    return made


class Pipeline:
    """A pipeline with a token of alice's."""

    def __init__(self, world: World, *repositories: str, owner: str = "alice", account: int = 0) -> None:
        account = account or world.scene.alice.call("GET", f"/users/{owner}")["id"]
        with world.scene.session() as session:
            self.kept, self.token = api_tokens.create(
                session, "a pipeline", owner, repositories, owner_account=account
            )
            session.commit()
        assert world.scene.service is not None
        self.url = world.scene.service.url

    def ask(self, repository: str, key: str = "", **said: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": key or str(uuid.uuid4())}
        body = {"repository": repository, **said}
        return httpx.post(f"{self.url}/api/releases", json=body, headers=headers, timeout=30)

    def look(self, release: str) -> httpx.Response:
        return self.get(f"/api/releases/{release}", self.token)

    def get(self, path: str, token: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=30)

    def at(self, release: str, *states: str) -> dict[str, Any]:
        """Wait until a release is somewhere, and give what is said of it."""

        def there() -> dict[str, Any]:
            found: dict[str, Any] = self.look(release).json()
            return found if found["state"] in states else {}

        return eventually(there, f"{states}; {self.look(release).text}")


def newest(model: Model, before: int) -> ReleaseRecord:
    """Wait for one more release than there were, that waits for approval or has ended."""

    def found() -> ReleaseRecord | None:
        records = model.records()
        one = records[-1] if len(records) > before else None
        return one if one and (one.step == "approve" or one.status) else None

    made = eventually(found, "a release")
    assert made is not None
    return made


def test_a_dry_run_shows_every_file_commit_and_setting_and_writes_nothing(world: World, model: Model) -> None:
    assert model.say("/release-model version=1.0.0 dry-run") == "rocket", model.replies()
    record = newest(model, 0)
    eventually(lambda: "**Dry run.**" in model.status(), "the end of the dry run")
    assert record.status == "rehearsed", record.message
    assert not world.hub.exists(model.hub_id)
    words = model.status()
    assert record.rehearsed is not None
    for file in record.rehearsed["files"]:
        assert f"| `{file['path']}` | {file['size']} | `{file['sha256']}` |" in words
    assert "main branch: all files below. Message: `Release 1.0.0 from acme/" in words
    assert f"- `{model.hub_id}`: visibility, public" in words
    assert f"- `{model.hub_id}`: tag, v1.0.0" in words


def test_another_version_than_the_manifests_is_refused_with_what_to_change(model: Model) -> None:
    assert "asked for version `1.1.0`" in model.answer("/release-model version=1.1.0")


def test_a_release_on_github_starts_one_on_an_issue_of_its_own_and_others_of_the_model_stand_in_line(
    world: World, model: Model
) -> None:
    alice, place, before = world.scene.alice, model.place, len(model.records())
    alice.call("POST", f"{place.path}/releases", {"tag_name": "v1.0.0"})
    record = newest(model, before)
    assert (record.requester, record.own_issue, record.step) == ("alice", True, "approve")
    issue = alice.call("GET", f"{place.path}/issues/{record.number}")
    assert issue["title"] == f"Release {model.hub_id} 1.0.0"
    first = Model(world, place, model.hub_id, record.number)
    assert "somebody else with write access" in first.answer("/approve")
    second = Model(world, place, model.hub_id, alice.open_issue(place.name, "Again", "please"))
    assert second.say("/release-model") == "rocket"
    ahead = f"the release asked for on `{place.name}#{first.number}`"
    eventually(lambda: ahead in second.status(), "the words about the line")
    assert second.say("/cancel-release") == "rocket"
    eventually(lambda: "took it out of the line" in second.words(), "the end of the second")
    assert first.say("/cancel-release") == "rocket"
    eventually(lambda: all(one.status for one in model.records()), "the end of the first")


@pytest.mark.parametrize("way", ["dispatch", "workflow"])
def test_a_dispatch_that_may_not_start_a_release_is_told_on_the_commit(
    world: World, model: Model, way: str
) -> None:
    alice, place, said = world.scene.alice, model.place, {"version": f"9.0.{len(way)}"}
    if way == "dispatch":
        body = {"event_type": "giveback-release", "client_payload": said}
        alice.call("POST", f"{place.path}/dispatches", body)
    else:
        path = f"{place.path}/actions/workflows/release-model.yml/dispatches"
        alice.call("POST", path, {"ref": "main", "inputs": said})
    head = alice.call("GET", f"{place.path}/commits/main")["sha"]

    def told() -> bool:
        words = [one["output"]["summary"] for one in place.checks(head, "giveback release")]
        return any(f"asked for version `{said['version']}`" in one for one in words)

    eventually(told, "the check run")


def test_a_release_of_another_version_on_github_is_said_on_its_commit_and_starts_nothing(
    world: World, model: Model
) -> None:
    before = len(model.records())
    world.scene.alice.call("POST", f"{model.place.path}/releases", {"tag_name": "v7.0.0"})
    head = world.scene.alice.call("GET", f"{model.place.path}/commits/main")["sha"]

    def told() -> list[str]:
        found = model.place.checks(head, "giveback release")
        return [one["conclusion"] for one in found if "version `7.0.0`" in one["output"]["summary"]]

    assert eventually(told, "the check run") == ["neutral"]
    assert len(model.records()) == before


def test_a_pipeline_releases_a_model_that_somebody_else_approves(world: World) -> None:
    model = world.model()
    pipeline = Pipeline(world, model.place.name)
    answer = pipeline.ask(model.place.name, "run-00001", version="v1.0.0")
    assert answer.status_code == 202, answer.text
    release = answer.json()["id"]
    assert answer.headers["location"] == f"/api/releases/{release}"
    waiting = pipeline.at(release, "waiting_for_approval")
    taken = Pipeline(world, model.place.name, account=404404)  # somebody else has the login by now
    assert taken.look(release).json()["type"] == "urn:giveback:no-release"
    assert taken.ask(model.place.name).json()["type"] == "urn:giveback:permission"
    assert (waiting["model"], waiting["version"], waiting["dry_run"]) == (model.hub_id, "1.0.0", False)
    again = pipeline.ask(model.place.name, "run-00001", version="v1.0.0")
    assert (again.status_code, again.json()["id"]) == (202, release)
    changed = pipeline.ask(model.place.name, "run-00001", version="1.0.0")
    assert (changed.status_code, changed.json()["type"]) == (422, "urn:giveback:key-used")
    assert len(model.records()) == 1
    there = Model(world, model.place, model.hub_id, int(waiting["thread"].rsplit("/", 1)[1]))
    assert "somebody else with write access" in there.answer("/approve")
    there.approve()
    assert pipeline.at(release, "published", "failed", "refused")["state"] == "published", there.words()
    assert model.is_public()
    issue = f"{model.place.path}/issues/{there.number}"
    eventually(lambda: world.scene.alice.call("GET", issue)["state"] == "closed", "the issue to be closed")


def test_a_call_that_cannot_be_done_is_answered_with_what_to_do(world: World, model: Model) -> None:
    pipeline, here = Pipeline(world, model.place.name), model.place.name
    others = Pipeline(world, here, owner="bob")
    refusals = {
        "version": (pipeline.ask(here, version="9.0.0"), 422),
        "permission": (others.ask(here, version="9.0.0"), 403),
        "other-repository": (pipeline.ask("acme/elsewhere"), 403),
        "thread": (pipeline.ask(here, thread=4096), 422),
        "not-as-described": (pipeline.ask(here, verison="1"), 422),
        "no-release": (pipeline.look("release-nothing"), 404),
        "token": (pipeline.get("/api/releases/x", "gvb_x"), 401),
        "too-large": (pipeline.ask(here, version="1" * 20_000), 413),
    }
    for kind, (answer, status) in refusals.items():
        assert (answer.json()["type"], answer.status_code) == (f"urn:giveback:{kind}", status), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
    with world.scene.session() as session:
        assert api_tokens.revoke(session, pipeline.kept.id)
        session.commit()
    assert pipeline.ask(here).status_code == 401


def test_of_two_calls_that_come_at_once_under_one_key_one_is_done_and_the_other_is_told(
    world: World, model: Model
) -> None:
    pipeline, key = Pipeline(world, model.place.name), str(uuid.uuid4())

    def ask(version: str) -> httpx.Response:
        return pipeline.ask(model.place.name, key, dry_run=True, version=version)

    with ThreadPoolExecutor(6) as threads:
        versions = ["1.0.0", ""] * 3
        answers = list(zip(versions, threads.map(ask, versions), strict=True))
    (done,) = {version for version, answer in answers if answer.status_code == 202}
    (release,) = {answer.json()["id"] for version, answer in answers if version == done}
    told = {answer.json()["type"] for version, answer in answers if version != done}
    assert told == {"urn:giveback:key-used"}
    pipeline.at(release, "rehearsed")


def test_a_model_is_released_from_the_hub_as_far_as_its_repository_may_see_it(
    world: World, tmp_path: Path
) -> None:
    model = world.model(source="hf://acme/staging")
    for name, content in good_model().items():
        card = content.replace(str(DECLARED.model_id).encode(), model.hub_id.encode())
        (tmp_path / name).write_bytes(card if name == "README.md" else content)
    for staging in ("acme/staging", "releaser/staging"):  # the token's own is not acme's
        HfApi(endpoint=world.hub.url, token=world.hub.token).create_repo(staging, private=True)
        place = Staged("", staging, world.hub.commits(staging)[0])
        sent = Publisher(world.hub.access).upload(
            tmp_path, published(tmp_path), staged=place, message="Train"
        )
        asyncio.run(sent)
    assert newest(model.ask(), 0).step == "approve", model.status()
    assert model.say("/cancel-release") == "rocket"
    foreign = world.model(source="hf://releaser/staging")
    ended = newest(foreign.ask(), 0)
    assert (ended.status, "may not see it" in ended.message) == ("failed", True), ended.message


def test_the_openapi_page_describes_the_calls(world: World, model: Model) -> None:
    document = Pipeline(world, model.place.name).get("/openapi.json").json()
    ask = document["paths"]["/api/releases"]["post"]
    assert ask["security"] == [{"token": []}]
    assert {"202", "401", "403", "422", "429"} <= set(ask["responses"])
    assert "application/problem+json" in ask["responses"]["422"]["content"]
    assert [one["name"] for one in ask["parameters"]] == ["Idempotency-Key"]
