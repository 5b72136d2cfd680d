"""GraphQL as the client asks it: where, in which turn, and what its errors become."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from bot.errors import GoneError, RefusedError, TransientError
from bot.github.client import AppClient, InstallationClient
from bot.github.graphql import endpoint_of, query_text, read_answer
from tests.sandbox.github.stage import Stage

QUERY = "query Q($name: String!) { viewer { login } }"


@pytest.mark.parametrize(
    ("rest", "graphql"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://github.example.org/api/v3", "https://github.example.org/api/graphql"),
        ("https://api.octo.ghe.com", "https://api.octo.ghe.com/graphql"),
    ],
)
def test_graphql_is_beside_rest(rest: str, graphql: str) -> None:
    assert endpoint_of(rest) == graphql


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("NOT_FOUND", GoneError, 404),
        ("FORBIDDEN", RefusedError, 403),
        ("INSUFFICIENT_SCOPES", RefusedError, 403),
        ("UNPROCESSABLE", RefusedError, 422),
        ("MAX_NODE_LIMIT_EXCEEDED", RefusedError, 422),
    ],
)
def test_what_github_will_not_do_is_refused(kind: str, error: type[RefusedError], status: int) -> None:
    answer = {"data": {"repository": None}, "errors": [{"type": kind, "message": "No"}]}
    with pytest.raises(error, match="No") as refused:
        read_answer(answer, {})
    assert type(refused.value) is error
    assert refused.value.status == status


def test_half_an_answer_is_none() -> None:
    errors = [{"type": "FORBIDDEN", "message": "Not this half"}]
    with pytest.raises(RefusedError, match="Not this half"):
        read_answer({"data": {"one": 1, "other": None}, "errors": errors}, {})


def test_a_limit_says_how_long_it_lasts() -> None:
    errors = [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]
    resets = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 120)}
    with pytest.raises(TransientError) as limit:
        read_answer({"errors": errors}, resets)
    assert limit.value.retry_after == pytest.approx(121, abs=3)


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"message": "Something went wrong while executing your query. Please include `1:2`"}]},
        {"data": None},
        {},
    ],
)
def test_what_went_wrong_at_github_may_pass(answer: Any) -> None:
    with pytest.raises(TransientError):
        read_answer(answer, {})


async def test_an_error_in_a_query_is_refused_and_names_it(bot: InstallationClient) -> None:
    with pytest.raises(RefusedError, match="operation Unknown"):
        await bot.query("query Unknown { viewer { login } }", within=None)


async def test_a_query_that_is_made_too_often_waits_for_the_next_hour(
    bot: InstallationClient, stage: Stage
) -> None:
    stage.set("PUT", "/limits", {"hourly": 2})
    asked = {"owner": "alice", "name": "models"}
    for _ in range(2):
        await bot.query(query_text("DiscussionForum"), within=None, **asked)
    for _ in range(2):
        with pytest.raises(TransientError, match="rate limit") as limit:
            await bot.query(query_text("DiscussionForum"), within=None, **asked)
        assert limit.value.retry_after == pytest.approx(3600, abs=10)
    assert (await bot.get("/repos/alice/models"))["name"] == "models"
    made = [each for each in stage.set("GET", "/requests")["requests"] if each["path"] == "/graphql"]
    assert [each["operation"] for each in made] == ["DiscussionForum", "DiscussionForum", None]


async def test_mutations_wait_for_their_turn_and_queries_do_not(stage: Stage) -> None:
    app = AppClient(api_url=f"{stage.url}/api/v3", app_id=str(stage.app["id"]), private_key=stage.app["pem"])
    bot = app.installation(stage.installation["id"])
    number = stage.bob.post("/repos/alice/models/issues", {"title": "x"})["number"]
    comment = stage.bob.post(f"/repos/alice/models/issues/{number}/comments", {"body": "y"})
    before = bot.pace.wait(0)
    async with bot.pace.turn():
        await bot.query(query_text("DiscussionForum"), within=None, owner="alice", name="models")
    answer = await bot.query(
        query_text("MinimizeComment"), within=None, comment=comment["node_id"], reason="SPAM"
    )
    assert answer["minimizeComment"]["minimizedComment"] == {
        "__typename": "IssueComment",
        "isMinimized": True,
    }
    assert before == 0.0
    await app.close()


async def test_a_server_that_fails_may_be_asked_again(bot: InstallationClient, stage: Stage) -> None:
    fault = {"path": "/api/graphql$", "kind": "status", "status": 502, "times": 1}
    stage.set("POST", "/faults", fault)
    asked = {"owner": "alice", "name": "models"}
    with pytest.raises(TransientError):
        await bot.query(query_text("DiscussionForum"), within=None, **asked)
    found = await bot.query(query_text("DiscussionForum"), within=None, **asked)
    assert json.dumps(found).count("nodes") == 1
