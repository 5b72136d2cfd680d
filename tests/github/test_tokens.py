"""Tokens that reach one repository, on a sandbox GitHub that holds them to it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.actions import FileChange
from bot.errors import RefusedError
from bot.github.client import InstallationClient
from bot.github.reader import GitHubReader
from bot.github.tokens import Scope, Tokens, scope_of
from bot.github.writer import GitHubWriter
from tests.fixtures.events import event, repository
from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"


@pytest.mark.parametrize(
    ("path", "repository"),
    [
        ("/repos/alice/models/issues/1", "models"),
        ("/repos/alice/models", "models"),
        ("/repos/alice/models?page=2", "models"),
        ("/repositories/12/issues", 12),
        ("/search/issues?q=repo:alice/models", None),
        ("/orgs/alice/members", None),
        ("/repos/alice", None),
        ("", None),
    ],
)
def test_a_request_has_the_scope_of_the_repository_in_its_path(path: str, repository: object) -> None:
    assert scope_of(1, path) == Scope(1, repository)  # type: ignore[arg-type]  # a table of several types


async def answer_of(stage: Stage, token: str, method: str, path: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{stage.url}/api/v3", headers=headers) as http:
        answer = await http.request(method, path, json={"title": "x"} if method == "POST" else None)
        return answer.status_code


async def test_a_token_for_one_repository_is_good_for_no_other(bot: InstallationClient, stage: Stage) -> None:
    stage.repository("alice", "other", {"a": "b"})
    stage.repository("alice", "secret", {"a": "b"}, private=True)
    token = await bot.token("alice/models")
    assert await answer_of(stage, token, "POST", f"{MODELS}/issues") == 201
    assert await answer_of(stage, token, "POST", "/repos/alice/other/issues") == 403
    assert await answer_of(stage, token, "GET", "/repos/alice/secret") == 404


async def test_each_repository_has_its_own_token_and_each_is_asked_for_once(
    bot: InstallationClient, stage: Stage
) -> None:
    stage.repository("alice", "other", {"a": "b"})
    first = [await bot.token("alice/models") for _ in range(3)]
    second = await asyncio.gather(*(bot.token("alice/other") for _ in range(3)))
    assert len(set(first)) == len(set(second)) == 1
    assert first[0] != second[0]


async def test_what_was_renamed_or_moved_is_followed_with_a_token_for_where_it_is(
    reader: GitHubReader, writer: GitHubWriter, stage: Stage
) -> None:
    stage.repository("alice", "secret", {"a": "b"}, private=True)
    number = stage.alice.post("/repos/alice/secret/issues", {"title": "It breaks"})["number"]
    assert (await reader.issue("alice/secret", number)).title == "It breaks"
    stage.alice.patch("/repos/alice/secret", {"name": "hidden"})
    assert (await reader.issue("alice/secret", number)).title == "It breaks"
    await writer.post_comment("alice/secret", number, "Seen")
    (comment,) = await reader.comments("alice/hidden", number)
    assert comment.body == "Seen"


async def test_a_public_repository_outside_the_installation_can_still_be_read(
    reader: GitHubReader, stage: Stage
) -> None:
    stage.repository("bob", "open", {"a": "b"})
    assert (await reader.repository("bob/open")).full_name == "bob/open"


async def test_an_installation_that_is_gone_is_said_to_be() -> None:
    async def refuse(path: str, body: object) -> Any:
        raise RefusedError("This installation has been suspended", 403)

    with pytest.raises(RefusedError, match="suspended"):
        await Tokens(refuse).get(Scope(1, "models"))


async def test_a_name_that_github_does_not_know_costs_two_requests_once_and_not_each_time() -> None:
    bodies: list[object] = []

    async def desk(path: str, body: object) -> Any:
        bodies.append(body)
        if body:
            raise RefusedError("There is at least one repository that does not exist", 422)
        return {"token": "whole", "expires_at": "2999-01-01T00:00:00Z"}

    kept = Tokens(desk)
    assert [await kept.get(Scope(1, "models")) for _ in range(3)] == ["whole"] * 3
    assert bodies == [{"repositories": ["models"]}, {}]


async def test_a_token_that_github_takes_no_more_is_asked_for_anew_under_each_name() -> None:
    made = 0

    async def desk(path: str, body: object) -> Any:
        nonlocal made
        if body:
            raise RefusedError("There is at least one repository that does not exist", 422)
        made += 1
        return {"token": f"whole {made}", "expires_at": "2999-01-01T00:00:00Z"}

    kept = Tokens(desk)
    assert await kept.get(Scope(1, "models")) == await kept.get(Scope(1)) == "whole 1"
    kept.forget(Scope(1, "models"))
    assert await kept.get(Scope(1, "models")) == await kept.get(Scope(1)) == "whole 2"


async def test_a_repository_that_took_the_name_of_another_is_reached(
    reader: GitHubReader, stage: Stage
) -> None:
    stage.repository("alice", "secret", {"a": "b"}, private=True)
    assert (await reader.repository("alice/secret")).private
    stage.alice.delete("/repos/alice/secret")
    new = stage.repository("alice", "secret", {"a": "b"}, private=True)
    reader.notice(event("issues", repository={**repository("alice/secret"), "id": new["id"]}))
    assert (await reader.repository("alice/secret")).private


async def test_a_token_that_was_revoked_stops_no_work_on_files(
    bot: InstallationClient, writer: GitHubWriter, stage: Stage
) -> None:
    token = await bot.token("alice/models")
    assert await answer_of(stage, token, "DELETE", "/installation/token") == 204
    head = stage.alice.get(f"{MODELS}/branches/main")["commit"]["sha"]
    change = FileChange(path="CARD.md", content="# A model")
    assert await writer.commit_files("alice/models", "main", head, [change], "Write a card")
