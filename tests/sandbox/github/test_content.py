"""Files, branches and git objects are real, and refused as GitHub refuses them."""

from __future__ import annotations

from base64 import b64decode, b64encode

from tests.sandbox.github.stage import Stage, commit

MODELS = "/repos/alice/models"
RAW = {"Accept": "application/vnd.github.raw+json"}


def test_a_file_is_written_read_replaced_and_deleted(stage: Stage) -> None:
    written = commit(stage.alice, "alice/models", "a dir/ü.txt", "one")
    shown = stage.bot.get(f"{MODELS}/contents/a%20dir/%C3%BC.txt")
    assert b64decode(shown["content"]) == b"one"
    assert shown["sha"] == written["content"]["sha"]
    body = {"message": "m", "content": b64encode(b"two").decode()}
    assert stage.alice("PUT", f"{MODELS}/contents/a%20dir/%C3%BC.txt", body).status_code == 422
    stale = stage.alice("PUT", f"{MODELS}/contents/a%20dir/%C3%BC.txt", body | {"sha": "0" * 40})
    assert stale.status_code == 409
    commit(stage.alice, "alice/models", "a dir/ü.txt", "two")
    assert stage.bot("GET", f"{MODELS}/contents/a%20dir/%C3%BC.txt", headers=RAW).content == b"two"
    assert stage.bot("GET", f"{MODELS}/contents/none.txt").status_code == 404


def test_a_file_over_a_megabyte_has_its_content_in_the_raw_media_type_only(stage: Stage) -> None:
    large = b"x" * (1024 * 1024 + 1)
    stage.repository("alice", "large", {"w.bin": {"base64": b64encode(large).decode()}})
    shown = stage.alice.get("/repos/alice/large/contents/w.bin")
    assert (shown["content"], shown["encoding"], shown["size"]) == ("", "none", len(large))
    assert stage.alice("GET", "/repos/alice/large/contents/w.bin", headers=RAW).content == large


def test_an_empty_repository_says_so(stage: Stage) -> None:
    stage.repository("alice", "empty", {})
    assert (
        stage.alice("GET", "/repos/alice/empty/contents/x").json()["message"] == "This repository is empty."
    )
    assert stage.alice("GET", "/repos/alice/empty/commits").status_code == 409


def test_a_ref_is_created_once_and_moves_forward_only(stage: Stage) -> None:
    first = stage.alice.get(f"{MODELS}/git/ref/heads/main")["object"]["sha"]
    commit(stage.alice, "alice/models", "b.txt", "b")
    body = {"ref": "refs/heads/topic", "sha": stage.alice.get(f"{MODELS}/commits/main")["sha"]}
    assert stage.alice("POST", f"{MODELS}/git/refs", body).status_code == 201
    again = stage.alice("POST", f"{MODELS}/git/refs", body)
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")
    back = stage.alice("PATCH", f"{MODELS}/git/refs/heads/topic", {"sha": first})
    assert (back.status_code, back.json()["message"]) == (422, "Update is not a fast forward")
    assert stage.alice("PATCH", f"{MODELS}/git/refs/heads/topic", {"sha": first, "force": True}).is_success
    assert stage.alice("POST", f"{MODELS}/git/refs", body | {"sha": "0" * 40}).status_code == 422
    assert stage.alice("DELETE", f"{MODELS}/git/refs/heads/none").status_code == 422


def test_a_tree_can_add_replace_and_take_away(stage: Stage) -> None:
    main = stage.alice.get(f"{MODELS}/commits/main")["sha"]
    entries = [
        {"path": "README.md", "mode": "100644", "type": "blob", "content": "new"},
        {"path": "src/train.py", "mode": "100644", "type": "blob", "sha": None},
        {"path": "run.sh", "mode": "100755", "type": "blob", "content": "#!/bin/sh"},
    ]
    made = stage.bot.post(f"{MODELS}/git/trees", {"base_tree": main, "tree": entries})
    listed = stage.bot.get(f"{MODELS}/git/trees/{made['sha']}?recursive=1")["tree"]
    assert {each["path"]: each["mode"] for each in listed} == {"README.md": "100644", "run.sh": "100755"}
    for path in ("../x", "a//b", ".git/config", "/abs"):
        bad = {"tree": [{"path": path, "mode": "100644", "type": "blob", "content": "x"}]}
        assert stage.bot("POST", f"{MODELS}/git/trees", bad).status_code == 422
    unknown = {"tree": [{"path": "x", "mode": "100644", "type": "blob", "sha": "1" * 40}]}
    assert stage.bot("POST", f"{MODELS}/git/trees", unknown).status_code == 422


def test_a_commit_is_signed_at_a_real_time(stage: Stage) -> None:
    main = stage.alice.get(f"{MODELS}/commits/main")
    body = {"message": "m", "tree": main["commit"]["tree"]["sha"], "parents": [main["sha"]]}
    author = {"name": "Ann <x>", "email": "ann@example.com", "date": "2026-01-02T03:04:05+02:00"}
    made = stage.alice.post(f"{MODELS}/git/commits", body | {"author": author})
    assert made["author"] == {"name": "Ann x", "email": "ann@example.com", "date": "2026-01-02T01:04:05Z"}
    wrong = body | {"author": author | {"date": "yesterday"}}
    assert stage.alice("POST", f"{MODELS}/git/commits", wrong).status_code == 422


def test_a_push_event_lists_what_changed(stage: Stage) -> None:
    commit(stage.alice, "alice/models", "new.txt", "x")
    commit(stage.alice, "alice/models", "README.md", "y")
    pushes = [each.payload for each in stage.settled().arrivals if each.event == "push"]
    assert [each["commits"][0]["added"] for each in pushes] == [["new.txt"], []]
    assert pushes[1]["commits"][0]["modified"] == ["README.md"]
    assert pushes[1]["before"] == pushes[0]["after"]
    assert pushes[1]["head_commit"]["author"]["username"] == "alice"


def test_hostile_names_reach_nothing_outside_the_repository(stage: Stage) -> None:
    for path in ("..%2F..%2Fgithub.db", "%2e%2e/%2e%2e/github.db", "--output=x", "a%0Ab"):
        assert stage.alice("GET", f"{MODELS}/contents/{path}", described=False).status_code == 404
        assert stage.alice("GET", f"{MODELS}/commits/{path}", described=False).status_code in (404, 422)
    for name in ("../up", "a/b", "x.git", ".."):
        refused = stage.control("POST", "/repositories", {"owner": "alice", "name": name})
        assert refused.status_code == 422
