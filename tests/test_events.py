from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import MalformedPayloadError, event_from, read_event
from tests.fixtures.events import GUID, account, comment_event, event, issue, pull_request, repository

EXAMPLES = Path(__file__).parent / "contract/node_modules/@octokit/webhooks-examples"


def example_files() -> list[Path]:
    return sorted(EXAMPLES.glob("*/index.json"))


def examples(index: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in json.loads(index.read_text()):
        for payload in entry["examples"]:
            yield entry["name"], payload


@pytest.mark.skipif(not example_files(), reason="npm ci in tests/contract brings the examples")
def test_every_published_example_payload_is_read() -> None:
    read = 0
    for index in example_files():
        for name, payload in examples(index):
            read_event(name, GUID, json.dumps(payload).encode())
            read += 1
    assert read > 500


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"action": "op', b"[]", b"null", b'"text"', b"\xff\xfe", b"{}{}"]
)
def test_a_body_that_is_not_a_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        read_event("issues", GUID, body)


def whole_payload() -> dict[str, Any]:
    return {
        "action": "edited",
        "installation": {"id": 1},
        "repository": repository(private=False),
        "sender": account("bob"),
        "issue": issue(
            state="open", labels=[{"name": "bug"}], pull_request={}, author_association="NONE", html_url="x"
        ),
        "pull_request": pull_request(draft=False, merged=False, changed_files=1),
        "comment": {"id": 1, "body": "x", "user": account("bob"), "html_url": "x"},
        "changes": {"body": {"from": "x"}, "title": {"from": "y"}},
        "ref": "refs/heads/main",
        "forced": False,
        "commits": [{"added": ["a"], "modified": ["b"], "removed": ["c"]}],
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield from places(held, (*path, key))


def replaced(payload: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    holder: Any = payload
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = value
    return old


@pytest.mark.parametrize("path", list(places(whole_payload())), ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_type_in_any_field_is_malformed_and_names_the_field(path: tuple[Any, ...]) -> None:
    wrong: tuple[Any, ...] = (True, 3, 2.5, "text", [[]], {"surprise": [1]})
    for value in wrong:
        payload = whole_payload()
        if type(replaced(payload, path, value)) is type(value):
            continue
        with pytest.raises(MalformedPayloadError, match=f"field {path[0]}"):
            event_from("issues", GUID, payload)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(path=st.sampled_from(list(places(whole_payload()))), value=ANYTHING)
def test_whatever_stands_in_a_field_it_is_read_or_malformed(path: tuple[Any, ...], value: Any) -> None:
    payload = whole_payload()
    replaced(payload, path, value)
    with suppress(MalformedPayloadError):
        event_from("issues", GUID, payload)


def test_missing_bodies_and_titles_are_empty() -> None:
    read = event("issues", "opened", issue=issue(body=None, title=None))
    assert read.payload.issue
    assert (read.payload.issue.body, read.payload.issue.title) == ("", "")


def test_a_deleted_account_and_a_deleted_fork_are_read() -> None:
    head = {"ref": "patch", "sha": "b" * 40, "repo": None}
    read = event("pull_request", "opened", pull_request=pull_request(user=None, head=head))
    assert read.payload.pull_request
    assert read.payload.pull_request.user is None
    assert read.payload.pull_request.head.repo is None


def test_the_thread_is_that_of_the_issue_or_pull_request() -> None:
    assert str(event("issues", "opened", issue=issue()).thread) == "octo/models#7"
    assert str(event("pull_request", "opened", pull_request=pull_request(number=9)).thread) == "octo/models#9"


def test_an_event_without_a_thread_or_repository_says_so_when_asked() -> None:
    push = event("push", ref="refs/heads/main")
    assert not push.has_thread
    with pytest.raises(MalformedPayloadError, match="without an issue"):
        _ = push.thread
    with pytest.raises(MalformedPayloadError, match="without a repository"):
        _ = event_from("installation", GUID, {}).repository


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({"login": "giveback[bot]", "type": "Bot"}, True),
        ({"login": "machine", "type": "Bot"}, True),
        ({"login": "odd[bot]"}, True),
        ({"login": "bob", "type": "User"}, False),
    ],
)
def test_machines_are_told_from_people(who: dict[str, str], expected: bool) -> None:
    assert event("issues", "opened", issue=issue(), sender=who).sender_is_bot is expected


def test_text_of_any_kind_comes_through_unchanged() -> None:
    words = "null \x00 bell \x07 rtl \u202e emoji \U0001f600 @everyone"
    assert comment_event(words).payload.comment
    read = read_event("issue_comment", GUID, json.dumps(comment_event(words).raw).encode())
    assert read.payload.comment
    assert read.payload.comment.body == words


@pytest.mark.parametrize(
    ("push", "expected"),
    [
        ({"commits": [{"modified": ["README.md"]}, {"added": ["a.yml"]}]}, True),
        ({"commits": [{"removed": ["a.yml"]}]}, True),
        ({"commits": [{"modified": ["README.md"]}]}, False),
        ({"commits": [{"modified": ["README.md"]}], "forced": True}, True),
        ({"commits": []}, True),
        ({"commits": [{"modified": ["a.yml"]}], "ref": "refs/heads/topic"}, False),
        ({"commits": [{"modified": ["a.yml"]}], "ref": "refs/tags/main"}, False),
    ],
)
def test_a_push_to_the_default_branch_may_change_the_files_it_lists(push: Any, expected: bool) -> None:
    assert event("push", **{"ref": "refs/heads/main", **push}).may_change("a.yml") is expected
    assert not event("issues", **{"ref": "refs/heads/main", **push}).may_change("a.yml")
