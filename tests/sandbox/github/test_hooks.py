"""Webhooks: signed, in order, on record, and delivered again on request."""

from __future__ import annotations

import hashlib
import hmac
import time
from pathlib import Path

import httpx

from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from tests.sandbox.github.stage import Caller, Listener, Stage

MODELS = "/repos/alice/models"


def test_a_webhook_is_signed_and_says_what_it_is(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    arrival = stage.settled().last("issues.opened")
    wanted = hmac.new(b"hush", arrival.body, hashlib.sha256).hexdigest()
    assert arrival.headers["x-hub-signature-256"] == f"sha256={wanted}"
    assert arrival.headers["x-hub-signature"].startswith("sha1=")
    assert arrival.headers["user-agent"].startswith("GitHub-Hookshot/")
    assert arrival.headers["x-github-hook-installation-target-type"] == "integration"
    assert arrival.headers["x-github-hook-installation-target-id"] == str(stage.app["id"])
    assert len(arrival.headers["x-github-delivery"]) == 36
    assert arrival.payload["installation"]["id"] == stage.installation["id"]
    assert arrival.payload["sender"]["login"] == "bob"


def test_webhooks_arrive_in_the_order_things_happened(stage: Stage) -> None:
    for number in range(20):
        stage.bob.post(f"{MODELS}/issues", {"title": str(number)})
    arrivals = [each for each in stage.settled().arrivals if each.name == "issues.opened"]
    assert [each.payload["issue"]["title"] for each in arrivals] == [str(number) for number in range(20)]


def test_an_app_hears_only_what_it_subscribed_to_and_only_where_it_is_installed(stage: Stage) -> None:
    stage.repository("bob", "elsewhere", {"a": "b"})
    stage.alice.post("/repos/bob/elsewhere/issues", {"title": "unheard"})
    stage.alice.post(f"{MODELS}/milestones", {"title": "unheard"})
    assert stage.settled().names == ["installation.created"]


def test_an_app_installed_everywhere_hears_of_a_new_repository(stage: Stage) -> None:
    stage.alice.post("/user/repos", {"name": "fresh"})
    arrival = stage.settled().last("installation_repositories.added")
    assert [each["full_name"] for each in arrival.payload["repositories_added"]] == ["alice/fresh"]
    assert "repository.created" in stage.listener.names


def test_a_failed_delivery_is_on_record_and_redelivered_under_its_guid(stage: Stage) -> None:
    stage.settled().status = 503
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.settled().status = 202
    app = stage.app_itself
    failed = app.get("/app/hook/deliveries", params={"status": "failure"})
    assert [(each["event"], each["status_code"]) for each in failed] == [("issues", 503)]
    assert failed[0]["status"] == "Invalid HTTP Response: 503"
    detail = app.get(f"/app/hook/deliveries/{failed[0]['id']}")
    assert detail["request"]["payload"]["action"] == "opened"
    assert detail["response"]["payload"] == "taken"
    assert app("POST", f"/app/hook/deliveries/{failed[0]['id']}/attempts").status_code == 202
    stage.settled()
    again = app.get("/app/hook/deliveries")[0]
    assert again["redelivery"] is True
    assert again["status"] == "OK"
    assert again["guid"] == failed[0]["guid"]
    assert again["id"] != failed[0]["id"]
    same = [each.headers["x-github-delivery"] for each in stage.listener.arrivals if each.event == "issues"]
    assert same == [failed[0]["guid"]] * 2


def test_a_host_that_is_not_there_is_on_record(stage: Stage) -> None:
    stage.app_itself.patch("/app/hook/config", {"url": "http://127.0.0.1:9/webhook"})
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.settled()
    assert stage.app_itself.get("/app/hook/deliveries")[0]["status"] == "failed to connect to host"


def test_deliveries_are_paged_by_a_cursor(stage: Stage) -> None:
    for number in range(4):
        stage.bob.post(f"{MODELS}/issues", {"title": str(number)})
    stage.settled()
    first = stage.app_itself("GET", "/app/hook/deliveries", params={"per_page": 3})
    assert len(first.json()) == 3
    rest = stage.app_itself.get(first.links["next"]["url"])
    assert [each["event"] for each in rest] == ["issues", "installation"]


def test_a_sandbox_that_was_stopped_comes_back_as_it_was(tmp_path: Path) -> None:
    with Listener() as listener:
        with run_in_thread(create_app(tmp_path)) as server, Stage(server.url, listener) as stage:
            stage.bob.post(f"{MODELS}/issues", {"title": "kept", "body": "words"})
            stage.settled()
            token = stage.bob.token
        with run_in_thread(create_app(tmp_path), port=server.port) as again, httpx.Client() as client:
            bob = Caller(client, again.url, token)
            assert bob.get(f"{MODELS}/issues/1")["body"] == "words"
            assert bob.get(f"{MODELS}/contents/README.md")["size"] == 9
            assert bob.post(f"{MODELS}/issues", {"title": "next"})["number"] == 2
            while listener.names.count("issues.opened") < 2:
                time.sleep(0.01)


def test_what_a_stopped_sandbox_had_left_is_delivered_after_its_start(tmp_path: Path) -> None:
    with Listener() as listener:
        with run_in_thread(create_app(tmp_path)) as server, Stage(server.url, listener) as stage:
            stage.settled().pause = 0.5
            for number in range(3):
                stage.bob.post(f"{MODELS}/issues", {"title": str(number)})
        listener.pause = 0.0
        with run_in_thread(create_app(tmp_path)):
            # The one under way when it stopped may come twice, as it may from GitHub.
            while {"0", "1", "2"} - {
                each.payload["issue"]["title"] for each in listener.arrivals if each.name == "issues.opened"
            }:
                time.sleep(0.01)
