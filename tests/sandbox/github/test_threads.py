"""Issues, comments, labels and reactions: limits, refusals and what is quietly left out."""

from __future__ import annotations

from tests.sandbox.github.stage import Stage

MODELS = "/repos/alice/models"


def test_a_body_has_at_most_65536_characters(stage: Stage) -> None:
    issue = stage.bob("POST", f"{MODELS}/issues", {"title": "x", "body": "é" * 65_536})
    assert issue.status_code == 201
    for path in ("issues", "issues/1/comments"):
        refused = stage.bob("POST", f"{MODELS}/{path}", {"title": "x", "body": "a" * 65_537})
        assert refused.status_code == 422
        error = refused.json()["errors"][0]
        assert error["message"] == "body is too long (maximum is 65536 characters)"


def test_every_character_comes_back_as_it_was_sent(stage: Stage) -> None:
    text = "tab\t nul-less \u0001\u2028\u202e\U0001f9d1\u200d\U0001f52c <!-- x --> \r\n end"
    stage.bob.post(f"{MODELS}/issues", {"title": text.splitlines()[0], "body": text})
    assert stage.bob.get(f"{MODELS}/issues/1")["body"] == text
    assert stage.settled().last("issues.opened").payload["issue"]["body"] == text


def test_a_field_of_the_wrong_type_is_invalid(stage: Stage) -> None:
    assert stage.bob("POST", f"{MODELS}/issues", {"title": 7}).status_code == 422
    assert stage.bob("POST", f"{MODELS}/issues", {}).status_code == 422
    assert stage.bob("POST", f"{MODELS}/issues", {"title": " "}).status_code == 422
    broken = stage.bob("POST", f"{MODELS}/issues", content=b"{", described=False)
    assert broken.status_code == 400
    assert broken.json()["message"] == "Problems parsing JSON"


def test_a_label_that_is_missing_is_created_and_one_that_is_there_changes_nothing(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.bot.post(f"{MODELS}/issues/1/labels", {"labels": ["Needs info", "BUG"]})
    names = [each["name"] for each in stage.bot.get(f"{MODELS}/issues/1/labels")]
    assert names == ["Needs info", "bug"]
    before = stage.settled().names.count("issues.labeled")
    stage.bot.post(f"{MODELS}/issues/1/labels", ["needs INFO"])
    assert stage.settled().names.count("issues.labeled") == before == 2


def test_an_issue_has_at_most_a_hundred_labels(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.bot.post(f"{MODELS}/issues/1/labels", {"labels": [f"l{number}" for number in range(100)]})
    refused = stage.bot("POST", f"{MODELS}/issues/1/labels", {"labels": ["one more"]}, described=False)
    assert refused.status_code == 422
    assert len(stage.bot.get(f"{MODELS}/issues/1")["labels"]) == 100


def test_replacing_labels_keeps_those_that_stay(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.alice.put(f"{MODELS}/issues/1/labels", {"labels": ["bug", "question"]})
    stage.alice.put(f"{MODELS}/issues/1/labels", {"labels": ["question", "invalid"]})
    assert [each["name"] for each in stage.bot.get(f"{MODELS}/issues/1")["labels"]] == ["question", "invalid"]
    assert stage.bot("DELETE", f"{MODELS}/issues/1/labels/bug").status_code == 404


def test_somebody_who_cannot_be_assigned_is_left_out_without_a_word(stage: Stage) -> None:
    stage.person("carol")
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    answer = stage.bot.post(f"{MODELS}/issues/1/assignees", {"assignees": ["carol", "bob", "nobody"]})
    assert [each["login"] for each in answer["assignees"]] == ["bob"]
    assert stage.bot("GET", f"{MODELS}/assignees/carol").status_code == 404
    assert stage.bot("GET", f"{MODELS}/assignees/alice").status_code == 204


def test_reacting_twice_is_one_reaction(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    path = f"{MODELS}/issues/1/reactions"
    assert stage.bot("POST", path, {"content": "eyes"}).status_code == 201
    again = stage.bot("POST", path, {"content": "eyes"})
    assert again.status_code == 200
    assert stage.bot.get(f"{MODELS}/issues/1")["reactions"]["eyes"] == 1
    assert stage.bob("DELETE", f"{path}/{again.json()['id']}").status_code == 403
    assert stage.bot("DELETE", f"{path}/{again.json()['id']}").status_code == 204


def test_a_locked_thread_takes_comments_from_writers_only(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.alice.put(f"{MODELS}/issues/1/lock", {})
    assert stage.bob("POST", f"{MODELS}/issues/1/comments", {"body": "x"}).status_code == 403
    assert stage.bot("POST", f"{MODELS}/issues/1/comments", {"body": "x"}).status_code == 201


def test_a_comment_is_edited_by_its_author_or_a_writer(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    comment = stage.bot.post(f"{MODELS}/issues/1/comments", {"body": "one"})
    path = f"{MODELS}/issues/comments/{comment['id']}"
    assert stage.bob("PATCH", path, {"body": "mine"}).status_code == 403
    stage.bot.patch(path, {"body": "two"})
    stage.bot.patch(path, {"body": "two"})
    edits = [each for each in stage.settled().arrivals if each.name == "issue_comment.edited"]
    assert [each.payload["changes"]["body"]["from"] for each in edits] == ["one"]
    stage.alice.delete(path)
    assert stage.bot("GET", path).status_code == 404
    assert stage.bot.get(f"{MODELS}/issues/1")["comments"] == 0


def test_issues_switched_off_are_gone(stage: Stage) -> None:
    stage.alice.patch(MODELS, {"has_issues": False})
    assert stage.bob("POST", f"{MODELS}/issues", {"title": "x"}).status_code == 410


def test_a_timeline_tells_who_did_what_in_order(stage: Stage) -> None:
    stage.bob.post(f"{MODELS}/issues", {"title": "x"})
    stage.bot.post(f"{MODELS}/issues/1/labels", {"labels": ["bug"]})
    stage.bob.post(f"{MODELS}/issues/1/comments", {"body": "ok"})
    stage.alice.patch(f"{MODELS}/issues/1", {"state": "closed"})
    entries = stage.bot.get(f"{MODELS}/issues/1/timeline")
    told = [(each["event"], each["actor"]["login"]) for each in entries]
    assert told == [("labeled", "giveback[bot]"), ("commented", "bob"), ("closed", "alice")]
    assert entries[0]["performed_via_github_app"]["slug"] == "giveback"


def test_filters_select_issues(stage: Stage) -> None:
    for title in ("one", "two", "three"):
        stage.bob.post(f"{MODELS}/issues", {"title": title})
    stage.bot.post(f"{MODELS}/issues/2/labels", {"labels": ["bug"]})
    stage.alice.patch(f"{MODELS}/issues/3", {"state": "closed"})

    def numbers(**query: str) -> list[int]:
        return [each["number"] for each in stage.bob.get(f"{MODELS}/issues", params=query)]

    assert numbers() == [2, 1]
    assert numbers(state="all", direction="asc") == [1, 2, 3]
    assert numbers(labels="bug") == [2]
    assert numbers(creator="alice") == []
    found = stage.bob.get("/search/issues", params={"q": "repo:alice/models is:open two"})
    assert [each["number"] for each in found["items"]] == [2]
