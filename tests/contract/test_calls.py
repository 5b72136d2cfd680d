"""Make every call of the reader and the writer with GitHub's description of its API in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.actions import Suggestion
from bot.github.client import AppClient, InstallationClient
from bot.github.reader import GitHubReader
from bot.github.writer import GitHubWriter
from bot.sandbox.github import create_app
from bot.sandbox.serving import run_in_thread
from tests.contract.prism import Prism, prism_in_front_of
from tests.sandbox.github.stage import Listener, Stage, commit, pull_request

REPOSITORY = "alice/models"
MODELS = f"/repos/{REPOSITORY}"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with (
        run_in_thread(create_app(tmp_path / "github")) as server,
        Listener() as listener,
        Stage(server.url, listener) as made,
    ):
        yield made


@pytest.fixture
def prism(stage: Stage, tmp_path: Path) -> Iterator[Prism]:
    with prism_in_front_of(f"{stage.url}/api/v3", tmp_path / "prism.log") as proxy:
        yield proxy


@pytest.fixture
async def bot(stage: Stage, prism: Prism) -> AsyncIterator[InstallationClient]:
    app = AppClient(
        api_url=prism.url,
        app_id=str(stage.app["id"]),
        private_key=stage.app["pem"],
        writes_per_minute=6000,
    )
    yield app.installation(stage.installation["id"])
    await app.close()


async def write_on_threads(writer: GitHubWriter, number: int) -> None:
    await writer.react(REPOSITORY, number, None, "eyes")
    await writer.take_back_reaction(REPOSITORY, number, None, "eyes", await writer.client.login())
    await writer.add_labels(REPOSITORY, number, ["bug", "question"])
    assert await writer.remove_label(REPOSITORY, number, "question") == ["bug"]
    assert await writer.labels(REPOSITORY, number) == ["bug"]
    comment = await writer.post_comment(REPOSITORY, number, "Hello")
    await writer.edit_comment(REPOSITORY, comment, "Hello again")
    assert await writer.assign(REPOSITORY, number, ["alice", "nobody"]) == ["alice"]
    assert await writer.unassign(REPOSITORY, number, ["alice"]) == []
    await writer.set_milestone(REPOSITORY, number, 1)
    await writer.set_milestone(REPOSITORY, number, None)
    await writer.edit_text(REPOSITORY, number, "A title", "A text")
    await writer.lock(REPOSITORY, number, "off-topic")
    await writer.unlock(REPOSITORY, number)
    await writer.lock(REPOSITORY, number)
    await writer.unlock(REPOSITORY, number)
    await writer.set_state(REPOSITORY, number, "closed", "duplicate")
    await writer.set_state(REPOSITORY, number, "open")


async def read_threads(reader: GitHubReader, issue: int, pull: int) -> None:
    await reader.issue(REPOSITORY, issue)
    await reader.pull_request(REPOSITORY, pull)
    await reader.comments(REPOSITORY, issue)
    await reader.label_setters(REPOSITORY, issue, "bug")
    assert await reader.timeline_events(REPOSITORY, issue)
    assert await reader.timeline_events(REPOSITORY, pull)
    assert await reader.changed_files(REPOSITORY, pull)
    assert await reader.commits_of(REPOSITORY, pull)
    await reader.reviews(REPOSITORY, pull)
    assert (await reader.requested_reviewers(REPOSITORY, pull)).people == ("alice",)
    assert await reader.open_threads_of(REPOSITORY, "alice", "review-requested", "pr") == (pull,)
    assert await reader.closing_issues(REPOSITORY, pull)


async def read_repository(reader: GitHubReader, commit: str) -> None:
    await reader.repository(REPOSITORY)
    assert await reader.milestones(REPOSITORY) == {"v1": 1}
    assert await reader.assignees_allowed(REPOSITORY, "alice")
    assert not await reader.assignees_allowed(REPOSITORY, "nobody")
    assert not await reader.assignees_allowed(REPOSITORY, "nobody", 1)
    assert await reader.checks(REPOSITORY, commit)
    assert await reader.workflow_runs(REPOSITORY, commit)
    assert await reader.blame(REPOSITORY, commit, "README.md")
    assert await reader.folder_names(REPOSITORY, "docs", commit) == {"guide.md"}
    assert "README.md" in await reader.file_sizes(REPOSITORY, commit)
    assert await reader.open_pull_at(REPOSITORY, commit) is None
    items, following = await reader.issues_page(REPOSITORY)
    assert (len(items), following) == (2, None)
    assert await reader.issue_form_files(REPOSITORY) == {}
    assert await reader.outcomes(REPOSITORY) == ({}, None)
    assert await reader.previous_release(REPOSITORY, "v0") is None
    assert await reader.commits_between(REPOSITORY, commit, "main") == set()
    changed, _ = await reader.issues_page(REPOSITORY, since="2020-01-01T00:00:00Z")
    assert len(changed) == 2


async def pages_of_the_history(stage: Stage, reader: GitHubReader) -> None:
    for number in range(99):
        stage.bob("POST", f"{MODELS}/issues", {"title": str(number)}, described=False)
    _, following = await reader.issues_page(REPOSITORY)
    assert following is not None
    rest, end = await reader.issues_page(REPOSITORY, following)
    assert (len(rest), end) == (1, None)


@pytest.mark.timeout(400)
async def test_every_call_keeps_to_githubs_api_description(
    stage: Stage, prism: Prism, bot: InstallationClient
) -> None:
    reader, writer = GitHubReader(bot, stage.url), GitHubWriter(bot)
    stage.alice.post(f"{MODELS}/milestones", {"title": "v1"})
    issue = stage.bob.post(f"{MODELS}/issues", {"title": "It breaks"})["number"]
    opened = pull_request(stage, "topic", {"a.txt": "1"}, body=f"Fixes #{issue}")
    await write_on_threads(writer, issue)
    assert await writer.request_reviewers(REPOSITORY, opened["number"], ["alice"], []) == ["alice"]
    await writer.withdraw_requests(REPOSITORY, opened["number"], ["alice"])
    await writer.request_reviewers(REPOSITORY, opened["number"], ["alice"], [])
    await writer.set_draft(REPOSITORY, opened["node_id"], True)
    suggestion = Suggestion(path="a.txt", first=1, last=1, body="```suggestion\n2\n```")
    await writer.suggest(REPOSITORY, opened["number"], opened["head"]["sha"], "A word", [suggestion])

    commit(stage.alice, REPOSITORY, "docs/guide.md", "# A guide\n")
    main = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    stage.bot.post(f"{MODELS}/check-runs", {"name": "card", "head_sha": main, "conclusion": "failure"})
    stage.bot.post(f"{MODELS}/statuses/{main}", {"state": "success", "context": "ci"})
    body = {"name": "tests", "head_sha": main, "jobs": {"unit": "failure"}}
    run = stage.set("POST", f"/repositories/{REPOSITORY}/workflow-runs", body)
    await writer.rerun_failed(REPOSITORY, run["id"])
    (card,) = [check for check in await reader.checks(REPOSITORY, main) if check.app == "giveback"]
    assert card.suite is not None
    await writer.rerequest_suite(REPOSITORY, card.suite)

    await read_threads(reader, issue, opened["number"])
    await read_repository(reader, main)
    await pages_of_the_history(stage, reader)
    assert prism.violations() == []
    assert prism.requests > 40
