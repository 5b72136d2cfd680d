"""A delivery that failed for good: seen, replayed, sent again; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.store import Delivery
from tests.postgresql import empty_database
from tests.scene import Place, Scene, eventually, open_scene

NO = {"message": "Resource not accessible by integration"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    if request.param == "sqlite":
        with open_scene(folder) as scene:
            yield scene
    else:
        with (
            empty_database(request.getfixturevalue("postgres_server")) as url,
            open_scene(folder, database_url=url) as scene,
        ):
            yield scene


@pytest.fixture(autouse=True)
def _faults_end(scene: Scene) -> Iterator[None]:
    yield
    scene.github.no_faults()


def command(scene: Scene, *arguments: str) -> str:
    """Use ``giveback deliveries`` on the service's database."""
    with scene.session() as session:
        url: str = session.get_bind().engine.url.render_as_string(hide_password=False)
    environment = {"DATABASE_URL": url.replace("+psycopg", ""), "COLUMNS": "200"}
    result = CliRunner().invoke(app, ["deliveries", *arguments], env=environment)
    assert result.exit_code == 0, result.output
    return result.output


def died(scene: Scene) -> tuple[Place, int, Delivery]:
    """Open a newcomer's pull request on which some features fail, and others do not."""
    place = scene.repository()
    scene.github.fault(rf"{place.name}/pulls/\d+/files", "status", status=403, body=NO)
    number, _ = place.pull_request({"docs/a.md": "x"})
    delivery = scene.delivery(place.name, "pull_request", "opened")
    assert delivery.status == "dead"
    assert {"config", "labels"} <= set(delivery.failed_features)
    assert "welcome" not in delivery.failed_features
    return place, number, delivery


def over_again(scene: Scene, place: Place) -> Delivery:
    """Wait for the end of the second run."""
    rows = eventually(
        lambda: [
            row
            for row in scene.deliveries(place.name, "pull_request", "opened")
            if row.replays == 1 and row.status not in ("received", "queued")
        ]
    )
    return rows[0]


def test_a_dead_delivery_is_listed_shown_and_replayed_for_what_failed(scene: Scene) -> None:
    place, number, delivery = died(scene)
    assert delivery.guid in command(scene, "list", "--status", "dead")
    assert NO["message"] in command(scene, "show", delivery.guid)
    scene.github.no_faults()
    since = scene.github.last_request
    command(scene, "replay", delivery.guid)
    again = over_again(scene, place)
    assert (again.status, again.failed_features, again.error) == ("handled", [], None)
    assert place.labels(number) == ["documentation"]
    written = [one for one in place.bot_requests(since) if not one.startswith("GET")]
    assert sorted(set(written)) == sorted(written)
    assert f"POST /issues/{number}/labels" in written
    assert f"POST /issues/{number}/comments" not in written  # what was welcomed stays so
    told = json.loads(command(scene, "show", delivery.guid, "--json"))
    assert {entry["outcome"] for entry in told["actions"]} == {"done"}


def test_a_dead_delivery_sent_again_by_github_runs_again(scene: Scene) -> None:
    place, number, delivery = died(scene)
    scene.github.no_faults()
    answer = scene.knock("pull_request", json.loads(delivery.body), delivery.guid)
    assert answer.status_code == 202
    assert over_again(scene, place).status == "handled"
    assert place.labels(number) == ["documentation"]


def test_a_handled_delivery_sent_again_by_github_runs_nothing(scene: Scene) -> None:
    place = scene.repository()
    scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    delivery = scene.delivery(place.name, "issues", "opened")
    scene.settle()
    since = scene.github.last_request
    assert scene.knock("issues", json.loads(delivery.body), delivery.guid).status_code == 200
    scene.settle()
    assert [one for one in place.bot_requests(since) if not one.startswith("GET")] == []
    assert scene.delivery(place.name, "issues", "opened").attempts == 1


def test_a_delivery_that_fails_again_is_dead_again(scene: Scene) -> None:
    place, _, delivery = died(scene)
    command(scene, "replay", delivery.guid)
    assert over_again(scene, place).status == "dead"


def test_what_was_refused_is_tried_again_by_a_replay(scene: Scene) -> None:
    place = scene.repository()
    scene.github.fault(rf"{place.name}/issues/\d+/labels$", "status", method="POST", status=403, body=NO)
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    delivery = scene.delivery(place.name, "issues", "opened")
    assert place.labels(number) == []
    scene.github.no_faults()
    command(scene, "replay", delivery.guid)
    eventually(lambda: sorted(place.labels(number)) == ["bug", "needs-info"])
    scene.settle()
    assert len(place.bot_comments(number)) == 1


def test_a_payload_github_does_not_document_is_dead_with_the_field_named(scene: Scene) -> None:
    place = scene.repository()
    payload = {"action": "opened", "repository": {"full_name": place.name}, "installation": {"id": 1}}
    assert scene.knock("issues", {**payload, "issue": {"number": "seven"}}).status_code == 202
    delivery = scene.delivery(place.name, "issues", "opened")
    assert delivery.status == "dead"
    assert "not as GitHub documents it: issues payload, field repository.name" in (delivery.error or "")
    assert "field repository.name" in command(scene, "show", delivery.guid)


def test_what_is_under_way_when_the_service_stops_goes_on_at_its_next_start(scene: Scene) -> None:
    place = scene.repository()
    scene.github.fault(rf"{place.name}/issues/\d+/comments$", "delay", method="POST", seconds=1.0, times=1)
    number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
    eventually(lambda: place.labels(number))
    with scene.stopped():
        pass
    scene.settle()
    assert len(place.bot_comments(number)) == 1
    assert sorted(place.labels(number)) == ["bug", "needs-info"]
    assert scene.delivery(place.name, "issues", "opened").status == "handled"
