"""What only GraphQL offers, from a sandbox GitHub over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import GoneError, RefusedError
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from tests.sandbox.github.stage import Stage, pull_request

REPOSITORY = "alice/models"
MODELS = f"/repos/{REPOSITORY}"


def issue(stage: Stage, **more: Any) -> Any:
    return stage.bob.post(f"{MODELS}/issues", {"title": "How do I?", "body": "Please tell", **more})


async def test_a_pull_request_becomes_a_draft_and_ready_again(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    assert await reader.thread_node(REPOSITORY, opened["number"]) == opened["node_id"]
    for draft in (True, True, False):
        await writer.set_draft(REPOSITORY, opened["node_id"], draft)
        assert (await reader.pull_request(REPOSITORY, opened["number"])).draft is draft
    names = stage.settled().names
    assert names.count("pull_request.converted_to_draft") == 1
    assert names.count("pull_request.ready_for_review") == 1


async def test_a_closed_pull_request_stays_as_it_is(writer: GitHubWriter, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    stage.bob.patch(f"{MODELS}/pulls/{opened['number']}", {"state": "closed"})
    with pytest.raises(RefusedError, match="closed") as refused:
        await writer.set_draft(REPOSITORY, opened["node_id"], True)
    assert refused.value.status == 422


async def test_an_issue_moves_with_its_comments_labels_and_history(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    stage.repository("alice", "questions", {"a": "b"})
    asked = issue(stage)
    number = asked["number"]
    stage.bot.post(f"{MODELS}/issues/{number}/labels", {"labels": ["question", "only here"]})
    stage.bob.post(f"{MODELS}/issues/{number}/comments", {"body": "Anybody?"})
    target = await reader.repository_node("alice/questions")
    assert await writer.transfer_issue(asked["node_id"], target) == ("alice/questions", 1)
    moved = await reader.issue(REPOSITORY, number)
    assert (moved.number, moved.title, [each.name for each in moved.labels]) == (
        1,
        "How do I?",
        ["question"],
    )
    (comment,) = await reader.comments("alice/questions", 1)
    assert comment.body == "Anybody?"
    assert stage.bob("GET", f"{MODELS}/issues/{number}").status_code == 301
    told = stage.settled().last("issues.transferred").payload
    assert told["changes"]["new_issue"]["number"] == 1
    arrived = stage.listener.last("issues.opened").payload
    assert (arrived["repository"]["full_name"], arrived["changes"]["old_issue"]["number"]) == (
        "alice/questions",
        number,
    )
    with pytest.raises(GoneError):
        await writer.transfer_issue(asked["node_id"], target)


async def test_an_issue_moves_to_no_other_owner(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    stage.repository("bob", "questions", {"a": "b"})
    asked = issue(stage)
    with pytest.raises(RefusedError) as refused:
        await writer.transfer_issue(asked["node_id"], await reader.repository_node("bob/questions"))
    assert refused.value.status == 403


async def test_a_comment_is_folded_away(writer: GitHubWriter, reader: GitHubReader, stage: Stage) -> None:
    number = issue(stage)["number"]
    stage.bob.post(f"{MODELS}/issues/{number}/comments", {"body": "Buy now"})
    (comment,) = await reader.comments(REPOSITORY, number)
    await writer.minimize_comment(REPOSITORY, comment.node, "SPAM")
    shown = stage.bob.get(f"{MODELS}/issues/comments/{comment.id}")
    assert shown["minimized"] == {"reason": "spam"}
    assert "hidden as spam" in stage.client.get(f"{stage.url}/alice/models/issues/{number}").text


async def test_a_discussion_is_opened_where_there_are_discussions(
    writer: GitHubWriter, reader: GitHubReader, stage: Stage
) -> None:
    stage.alice.patch(MODELS, {"has_discussions": True})
    forum = await reader.discussion_categories(REPOSITORY)
    category = next(each for each in forum.categories if each.answerable)
    number, url = await writer.create_discussion(
        REPOSITORY, forum.repository, category.id, "How do I?", "Tell me"
    )
    assert number == 1
    assert "Tell me" in stage.client.get(url).text
    stage.alice.patch(MODELS, {"has_discussions": False})
    with pytest.raises(RefusedError, match="disabled"):
        await writer.create_discussion(REPOSITORY, forum.repository, category.id, "How do I?", "Tell me")


async def test_an_id_that_is_nothings_is_gone(writer: GitHubWriter) -> None:
    for node in ("PR_xx", "PR_\u00e9", "", "I_MQ"):
        with pytest.raises(GoneError):
            await writer.set_draft(REPOSITORY, node, True)
