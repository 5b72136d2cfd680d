"""What the reader tells of a repository, from a sandbox GitHub over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import GoneError
from bot.github.reader import GitHubReader
from bot.reads import CheckResult, Outcome, RequestedReviewers
from tests.sandbox.github.stage import Stage, commit, pull_request

REPOSITORY = "alice/models"
MODELS = f"/repos/{REPOSITORY}"


def issue(stage: Stage, title: str = "It breaks", **more: Any) -> int:
    number: int = stage.bob.post(f"{MODELS}/issues", {"title": title, **more})["number"]
    return number


def head(stage: Stage) -> str:
    sha: str = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    return sha


async def test_an_issue_is_read_as_it_is_now(reader: GitHubReader, stage: Stage) -> None:
    number = issue(stage, body="Somewhere")
    assert (await reader.issue(REPOSITORY, number)).state == "open"
    stage.alice.patch(f"{MODELS}/issues/{number}", {"state": "closed", "title": "It broke"})
    found = await reader.issue(REPOSITORY, number)
    assert (found.state, found.title, found.body) == ("closed", "It broke", "Somewhere")


async def test_an_issue_that_was_deleted_or_switched_off_is_gone(reader: GitHubReader, stage: Stage) -> None:
    first, second = issue(stage), issue(stage)
    stage.set("POST", f"/repositories/{REPOSITORY}/issues/{first}/delete", {})
    with pytest.raises(GoneError) as deleted:
        await reader.issue(REPOSITORY, first)
    assert deleted.value.status == 410
    stage.alice.patch(MODELS, {"has_issues": False})
    with pytest.raises(GoneError):
        await reader.issue(REPOSITORY, second)
    with pytest.raises(GoneError):
        await reader.issue(REPOSITORY, 99)


async def test_milestones_are_the_open_ones_by_title(reader: GitHubReader, stage: Stage) -> None:
    for title in ("v1", "v2"):
        stage.alice.post(f"{MODELS}/milestones", {"title": title})
    stage.alice.patch(f"{MODELS}/milestones/1", {"state": "closed"})
    assert await reader.milestones(REPOSITORY) == {"v2": 2}


async def test_who_takes_part_in_a_thread_can_be_assigned_to_it(reader: GitHubReader, stage: Stage) -> None:
    number = issue(stage)
    assert await reader.assignees_allowed(REPOSITORY, "alice")
    assert not await reader.assignees_allowed(REPOSITORY, "bob")
    assert await reader.assignees_allowed(REPOSITORY, "bob", number)
    assert not await reader.assignees_allowed(REPOSITORY, "nobody", number)


async def test_changed_files_come_with_their_lines(reader: GitHubReader, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"README.md": "# other\n", "new.txt": "one\ntwo\n"})
    files = {file.path: file for file in await reader.changed_files(REPOSITORY, opened["number"])}
    readme, new = files["README.md"], files["new.txt"]
    assert (readme.status, readme.additions, readme.deletions) == ("modified", 1, 1)
    assert "+# other" in (readme.patch or "")
    assert (new.status, new.additions, new.previous_path, len(new.sha)) == ("added", 2, "", 40)


async def test_commits_tell_names_addresses_and_accounts(reader: GitHubReader, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    (one,) = await reader.commits_of(REPOSITORY, opened["number"])
    assert (one.message, one.author, one.author_name, one.parents) == ("Write a.txt", "bob", "bob", 1)
    assert one.author_email.endswith("@users.noreply.github.com")


async def test_reviews_and_who_is_asked_for_one(reader: GitHubReader, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    number = opened["number"]
    path = f"{MODELS}/pulls/{number}"
    stage.bot.post(f"{path}/requested_reviewers", {"reviewers": ["alice"]})
    assert await reader.requested_reviewers(REPOSITORY, number) == RequestedReviewers(("alice",), ())
    stage.alice.post(f"{path}/reviews", {"event": "REQUEST_CHANGES", "body": "Not yet"})
    assert await reader.requested_reviewers(REPOSITORY, number) == RequestedReviewers()
    (review,) = await reader.reviews(REPOSITORY, number)
    assert (review.author, review.state, review.body) == ("alice", "CHANGES_REQUESTED", "Not yet")
    assert review.commit == opened["head"]["sha"]


async def test_check_runs_and_statuses_are_one_list(reader: GitHubReader, stage: Stage) -> None:
    sha = head(stage)
    for name, more in (("card", {"conclusion": "neutral"}), ("slow", {"status": "in_progress"})):
        stage.bot.post(f"{MODELS}/check-runs", {"name": name, "head_sha": sha, **more})
    for context, state in (("ci/a", "pending"), ("ci/b", "error"), ("ci/b", "success"), ("ci/c", "error")):
        stage.bot.post(f"{MODELS}/statuses/{sha}", {"state": state, "context": context})
    found = {check.name: check for check in await reader.checks(REPOSITORY, sha)}
    assert {name: (check.status, check.conclusion) for name, check in found.items()} == {
        "card": ("completed", "neutral"),
        "slow": ("in_progress", None),
        "ci/a": ("in_progress", None),
        "ci/b": ("completed", "success"),
        "ci/c": ("completed", "failure"),
    }
    assert (found["card"].app, found["ci/a"].app) == ("giveback", "")
    assert isinstance(found["card"].suite, int)


async def test_checks_beyond_one_page_are_listed_too(reader: GitHubReader, stage: Stage) -> None:
    sha = head(stage)
    for number in range(101):
        stage.bot("POST", f"{MODELS}/statuses/{sha}", {"state": "success", "context": f"ci/{number}"})
    checks = await reader.checks(REPOSITORY, sha)
    assert len(checks) == 101
    assert checks[0] == CheckResult("ci/0", "completed", "success")


async def test_workflow_runs_tell_what_they_came_to(reader: GitHubReader, stage: Stage) -> None:
    sha = head(stage)
    jobs = {"unit": "success", "lint": "failure"}
    body = {"name": "tests", "head_sha": sha, "jobs": jobs}
    made = stage.set("POST", f"/repositories/{REPOSITORY}/workflow-runs", body)
    (run,) = await reader.workflow_runs(REPOSITORY, sha)
    assert (run.id, run.name, run.conclusion, run.attempt) == (made["id"], "tests", "failure", 1)
    checks = await reader.checks(REPOSITORY, sha)
    assert {check.name: check.conclusion for check in checks} == jobs
    assert {check.suite for check in checks} == {made["check_suite_id"]}


async def test_discussion_categories_come_with_whether_there_are_discussions(
    reader: GitHubReader, stage: Stage
) -> None:
    closed = await reader.discussion_categories(REPOSITORY)
    assert (closed.enabled, closed.categories) == (False, ())
    stage.alice.patch(MODELS, {"has_discussions": True})
    opened = await reader.discussion_categories(REPOSITORY)
    assert opened.enabled
    assert [each.slug for each in opened.categories if each.answerable] == ["q-a"]
    assert opened.repository == await reader.repository_node(REPOSITORY)
    with pytest.raises(GoneError):
        await reader.discussion_categories("alice/none")


async def test_blame_tells_who_wrote_which_lines(reader: GitHubReader, stage: Stage) -> None:
    stage.set("PUT", "/collaborators", {"repository": REPOSITORY, "login": "bob", "permission": "write"})
    commit(stage.alice, REPOSITORY, "notes.md", "one\ntwo\nthree\n")
    made = commit(stage.bob, REPOSITORY, "notes.md", "one\nTWO\nthree\n")
    ranges = await reader.blame(REPOSITORY, made["commit"]["sha"], "notes.md")
    told = [(each.first_line, each.last_line, each.login) for each in ranges]
    assert told == [(1, 1, "alice"), (2, 2, "bob"), (3, 3, "alice")]
    assert {each.age for each in ranges} <= set(range(1, 11))
    assert datetime.now(UTC) - ranges[0].committed_at < timedelta(hours=1)
    for commit_name, path in (("main", "none.md"), ("0" * 40, "notes.md")):
        with pytest.raises(GoneError):
            await reader.blame(REPOSITORY, commit_name, path)


async def test_a_pull_request_closes_what_its_words_say(reader: GitHubReader, stage: Stage) -> None:
    first, second, third = (issue(stage, title) for title in ("One", "Two", "Three"))
    stage.alice.patch(f"{MODELS}/issues/{second}", {"state": "closed"})
    body = f"Fixes #{first}, resolves {REPOSITORY}#{second} and is about #{third}"
    opened = pull_request(stage, "topic", {"a.txt": "1"}, body=body)
    linked = await reader.closing_issues(REPOSITORY, opened["number"])
    told = [(each.repository, each.number, each.title, each.state) for each in linked]
    assert told == [(REPOSITORY, first, "One", "open"), (REPOSITORY, second, "Two", "closed")]
    with pytest.raises(GoneError):
        await reader.closing_issues(REPOSITORY, first)


async def test_the_history_is_read_page_by_page_and_taken_up_again(
    reader: GitHubReader, stage: Stage
) -> None:
    for number in range(103):
        stage.bob("POST", f"{MODELS}/issues", {"title": str(number)}, described=False)
    stage.alice.patch(f"{MODELS}/issues/2", {"state": "closed"})
    items, following = await reader.issues_page(REPOSITORY)
    assert [item["number"] for item in items] == list(range(1, 101))
    assert following is not None
    assert following.startswith("/")
    issue(stage, "opened meanwhile")
    rest, end = await reader.issues_page(REPOSITORY, following)
    assert ([item["number"] for item in rest], end) == ([101, 102, 103, 104], None)


async def test_a_page_of_somebody_elses_is_not_asked_for(reader: GitHubReader) -> None:
    for address in ("https://example.com/steal", "//example.com/steal"):
        with pytest.raises(ValueError, match="not a path"):
            await reader.issues_page(REPOSITORY, address)


async def test_duplicates_are_those_people_marked(reader: GitHubReader, stage: Stage) -> None:
    first, second, third = (issue(stage, title) for title in ("One", "Two", "Three"))
    for number, words in ((second, f"Duplicate of #{first}"), (third, f"maybe duplicate of #{first}")):
        stage.alice.post(f"{MODELS}/issues/{number}/comments", {"body": words})
        stage.alice.patch(f"{MODELS}/issues/{number}", {"state": "closed"})
    assert await reader.outcomes(REPOSITORY) == ({second: Outcome((first,)), third: Outcome()}, None)


async def test_what_fixed_an_issue_is_the_pull_request_that_closed_it(
    reader: GitHubReader, stage: Stage
) -> None:
    fixed, closed = issue(stage, "One"), issue(stage, "Two")
    opened = pull_request(stage, "topic", {"a.txt": "1"}, body=f"Fixes #{fixed}")
    merged = stage.alice.put(f"{MODELS}/pulls/{opened['number']}/merge", {})
    stage.alice.patch(f"{MODELS}/issues/{closed}", {"state": "closed"})
    found, _ = await reader.outcomes(REPOSITORY)
    assert found == {fixed: Outcome((), opened["number"], merged["sha"]), closed: Outcome()}
    moment = stage.bot.get(f"{MODELS}/issues/{closed}")["updated_at"]
    assert closed in (await reader.outcomes(REPOSITORY, since=moment))[0]
    assert await reader.outcomes(REPOSITORY, since="2999-01-01T00:00:00Z") == ({}, None)


async def test_issues_that_changed_come_in_the_order_of_their_changes(
    reader: GitHubReader, stage: Stage
) -> None:
    first, second = issue(stage, "One"), issue(stage, "Two")
    moment = stage.bot.get(f"{MODELS}/issues/{second}")["updated_at"]
    items, following = await reader.issues_page(REPOSITORY, since=moment)
    assert {item["number"] for item in items} <= {first, second}
    assert (second in [item["number"] for item in items], following) == (True, None)
    assert await reader.issues_page(REPOSITORY, since="2999-01-01T00:00:00Z") == ([], None)


async def test_what_lies_between_two_releases_is_told(reader: GitHubReader, stage: Stage) -> None:
    for tag in ("v1", "v2"):
        stage.alice.post(f"{MODELS}/releases", {"tag_name": tag})
        new = commit(stage.alice, REPOSITORY, f"{tag}.txt", "words")["commit"]["sha"]
    stage.alice.post(f"{MODELS}/releases", {"tag_name": "v3"})
    assert await reader.previous_release(REPOSITORY, "v3") == "v2"
    assert await reader.previous_release(REPOSITORY, "v1") is None
    assert await reader.previous_release(REPOSITORY, "v0") is None
    assert await reader.commits_between(REPOSITORY, "v2", "v3") == {new}
    with pytest.raises(GoneError):
        await reader.commits_between(REPOSITORY, "v0", "v3")


async def test_a_timeline_tells_marks_labels_people_and_references(
    reader: GitHubReader, stage: Stage
) -> None:
    first, second = issue(stage), issue(stage)
    stage.alice.post(f"{MODELS}/issues/{second}/comments", {"body": f"Duplicate of #{first}"})
    stage.bot.post(f"{MODELS}/issues/{second}/labels", {"labels": ["bug"]})
    stage.alice.post(f"{MODELS}/issues/{second}/assignees", {"assignees": ["alice"]})
    events = await reader.timeline_events(REPOSITORY, second)
    told = [(each.event, each.actor, each.label or each.assignee) for each in events]
    assert told == [
        ("commented", "alice", ""),
        ("marked_as_duplicate", "alice", ""),
        ("labeled", "giveback[bot]", "bug"),
        ("assigned", "alice", "alice"),
    ]
    (reference,) = await reader.timeline_events(REPOSITORY, first)
    assert (reference.event, reference.source) == ("cross-referenced", f"{REPOSITORY}#{second}")


async def test_the_open_threads_of_somebody_are_found_by_their_part(
    reader: GitHubReader, stage: Stage
) -> None:
    first, second = issue(stage), issue(stage)
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    for number in (first, second):
        stage.alice.post(f"{MODELS}/issues/{number}/assignees", {"assignees": ["alice"]})
    stage.alice.patch(f"{MODELS}/issues/{second}", {"state": "closed"})
    stage.bot.post(f"{MODELS}/pulls/{opened['number']}/requested_reviewers", {"reviewers": ["alice"]})
    assert await reader.open_threads_of(REPOSITORY, "alice") == (first,)
    asked = await reader.open_threads_of(REPOSITORY, "alice", "review-requested", "pr")
    assert asked == (opened["number"],)
    assert await reader.open_threads_of(REPOSITORY, "bob", "author", "pr") == (opened["number"],)


async def test_what_the_app_may_not_see_is_gone(reader: GitHubReader, stage: Stage) -> None:
    stage.repository("bob", "diary", {"a": "b"}, private=True)
    for asked in (reader.discussion_categories("bob/diary"), reader.repository("bob/diary")):
        with pytest.raises(GoneError):
            await asked


async def test_a_folder_is_listed_by_its_names_and_files_with_their_sizes(
    reader: GitHubReader, stage: Stage
) -> None:
    commit(stage.alice, REPOSITORY, ".github/labeler.yml", "{}")
    commit(stage.alice, REPOSITORY, ".github/workflows/label.yml", "on: push\n")
    assert await reader.folder_names(REPOSITORY, ".github", "HEAD") == {"labeler.yml", "workflows"}
    assert await reader.folder_names(REPOSITORY, "nothing", "HEAD") == frozenset()
    assert await reader.folder_names(REPOSITORY, ".github/labeler.yml", "HEAD") == frozenset()
    sizes = await reader.file_sizes(REPOSITORY, head(stage))
    assert (sizes[".github/labeler.yml"], sizes[".github/workflows/label.yml"]) == (2, 9)


async def test_the_open_pull_request_at_a_commit_is_found(reader: GitHubReader, stage: Stage) -> None:
    opened = pull_request(stage, "topic", {"a.txt": "1"})
    assert await reader.open_pull_at(REPOSITORY, opened["head"]["sha"]) == opened["number"]
    assert await reader.open_pull_at(REPOSITORY, head(stage)) is None
    stage.alice.patch(f"{MODELS}/pulls/{opened['number']}", {"state": "closed"})
    assert await reader.open_pull_at(REPOSITORY, opened["head"]["sha"]) is None
