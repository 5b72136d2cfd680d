"""What every answer has in common: limits, conditions, pages, redirects, the request log."""

from __future__ import annotations

from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"


def test_an_answer_that_did_not_change_is_304_and_free(stage: Stage) -> None:
    first = stage.bot("GET", MODELS)
    used = int(first.headers["x-ratelimit-used"])
    again = stage.bot("GET", MODELS, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert int(again.headers["x-ratelimit-used"]) == used
    stage.alice.patch(MODELS, {"description": "changed"})
    changed = stage.bot("GET", MODELS, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_the_primary_limit_ends_in_403_with_nothing_remaining(stage: Stage) -> None:
    stage.set("PUT", "/limits", {"hourly": 2})
    assert stage.bot("GET", MODELS).headers["x-ratelimit-remaining"] == "1"
    stage.bot("GET", MODELS)
    refused = stage.bot("GET", MODELS)
    assert refused.status_code == 403
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert "API rate limit exceeded" in refused.json()["message"]
    assert stage.bot.get("/rate_limit")["resources"]["core"]["remaining"] == 0
    assert stage.alice("GET", MODELS).status_code == 200


def test_every_answer_has_an_id(stage: Stage) -> None:
    for answer in (stage.bot("GET", MODELS), stage.bot("GET", "/repos/alice/nothing")):
        assert answer.headers["x-github-request-id"]
        assert answer.headers["x-github-media-type"].startswith("github.v3")


def test_a_list_is_paged_with_links(stage: Stage) -> None:
    for number in range(5):
        stage.bob.post(f"{MODELS}/issues", {"title": str(number)})
    answer = stage.bob("GET", f"{MODELS}/issues", params={"per_page": 2, "state": "all"})
    assert set(answer.links) == {"next", "last"}
    titles = [each["title"] for each in answer.json()]
    while "next" in answer.links:
        answer = stage.bob("GET", answer.links["next"]["url"])
        titles += [each["title"] for each in answer.json()]
    assert titles == ["4", "3", "2", "1", "0"]
    assert set(answer.links) == {"prev", "first"}


def test_a_renamed_repository_redirects_from_its_old_name(stage: Stage) -> None:
    stage.set("POST", "/repositories/alice/models/rename", {"name": "weights"})
    moved = stage.bob("GET", f"{MODELS}/issues?state=all")
    assert moved.status_code == 301
    assert stage.bob("GET", moved.headers["location"], described=False).status_code == 200
    written = stage.bob("POST", f"{MODELS}/issues", {"title": "x"}, described=False)
    assert written.status_code == 307
    assert stage.bob.get("/repos/alice/weights/readme")["path"] == "README.md"
    arrival = stage.settled().last("repository.renamed")
    assert arrival.payload["changes"] == {"repository": {"name": {"from": "models"}}}


def test_a_deleted_repository_is_not_found(stage: Stage) -> None:
    stage.set("POST", "/repositories/alice/models/delete", {})
    assert stage.bot("GET", MODELS).status_code == 404
    assert stage.bot("POST", f"{MODELS}/issues", {"title": "x"}).status_code == 404


def test_requests_are_counted_for_the_curious(stage: Stage) -> None:
    last = stage.set("GET", "/requests")["last"]
    stage.bot("GET", MODELS)
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    seen = stage.set("GET", f"/requests?since={last}")["requests"]
    assert [(each["method"], each["path"], each["status"], each["actor"]) for each in seen] == [
        ("GET", MODELS, 200, "giveback[bot]"),
        ("POST", f"{MODELS}/issues", 201, "bob"),
    ]
    stage.set("POST", "/requests/clear")
    assert stage.set("GET", "/requests")["requests"] == []


def test_a_path_nobody_knows_is_not_found(stage: Stage) -> None:
    assert stage.bot("GET", "/nothing/here", described=False).status_code == 404
    assert stage.bot("GET", "/repos/alice/models/issues/99").status_code == 404
    assert stage.bot("GET", "/repos/alice/models/issues/none", described=False).status_code == 404


def test_a_fault_can_be_ordered(stage: Stage) -> None:
    order = {"path": "/issues$", "kind": "status", "status": 502, "times": 1}
    stage.set("POST", "/faults", order)
    assert stage.bob("GET", f"{MODELS}/issues", described=False).status_code == 502
    assert stage.bob("GET", f"{MODELS}/issues").status_code == 200
