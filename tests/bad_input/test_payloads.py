"""Deliveries of every published kind, and bodies of none: answered at the door, and ended with a reason."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot.inbox import BODY_LIMIT
from bot.store import Delivery
from tests.bad_input.world import ENDED, World
from tests.scene import Json, eventually
from tests.test_events import places, replaced, whole_payload
from tests.webhooks import headers_for

EXAMPLES = Path(__file__).parent.parent / "contract/node_modules/@octokit/webhooks-examples"


def examples() -> Iterator[tuple[str, Json]]:
    for index in sorted(EXAMPLES.glob("*/index.json")):
        for entry in json.loads(index.read_text()):
            for payload in entry["examples"]:
                yield entry["name"], payload


def rows(world: World, guids: list[str]) -> list[Delivery]:
    with world.scene.session() as session:
        found = session.exec(select(Delivery)).all()
    return [row for row in found if row.guid in set(guids)]


def all_over(world: World, guids: list[str]) -> list[Delivery]:
    """Give deliveries once all are over; the rows, which hold the bodies, are read only then."""
    if world.scene.busy():
        return []
    found = rows(world, guids)
    return found if len(found) == len(guids) and all(row.status in ENDED for row in found) else []


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="npm ci in tests/contract brings the examples")
def test_every_published_example_is_taken_and_ends_with_a_reason(world: World) -> None:
    assert world.scene.service is not None
    url = f"{world.scene.service.url}/webhook"
    since = world.github.last_request
    sent: dict[str, str] = {}

    def send(one: tuple[str, Json]) -> tuple[str, str, int]:
        event, payload = one
        guid = str(uuid.uuid4())
        # Nearly all name one repository, whose deliveries wait for each other; so it is given many names.
        body = json.dumps(payload).replace("Hello-World", f"Hello-World-{guid[:1]}").encode()
        answer = http.post(url, content=body, headers=headers_for(body, event=event, guid=guid))
        assert answer.status_code == 202, (event, answer.text)
        return guid, event, answer.status_code

    with httpx.Client(timeout=30) as http, ThreadPoolExecutor(8) as pool:
        for guid, event, status in pool.map(send, examples()):
            assert status == 202
            sent[guid] = event
    assert len(sent) > 700

    ended = eventually(lambda: all_over(world, list(sent)), "the end of every example", within=60)
    assert {row.status for row in ended} <= {"handled", "ignored"}
    reasons = {row.error for row in ended if row.error}
    assert reasons
    assert all(reason.startswith("cannot be reached any more: ") for reason in reasons), reasons
    writes = [one for one in world.github.requests(since) if one["method"] != "GET"]
    assert all("access_tokens" in one["path"] or one["status"] == 404 for one in writes), writes


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"action": "op', "not valid JSON"),
        (b'{"action": "opened"}}', "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b'{"action": "\xff"}', "not valid JSON"),
        (b'{"action": "\\ud800"}', "not valid JSON"),
        (b'{"action": "a\0b"}', "not valid JSON"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000, "not valid JSON"),
        (b"[" * 1_000_000, "not valid JSON"),
    ],
    ids=range(13),
)
def test_a_body_that_is_no_json_object_is_refused_in_words_and_not_stored(
    world: World, body: bytes, words: str
) -> None:
    guid = str(uuid.uuid4())
    answer = world.knock("issues", body, **{"x-github-delivery": guid})
    assert answer.status_code == 400
    assert words in answer.json()["message"]
    assert len(answer.text) < 300
    assert rows(world, [guid]) == []


def test_a_body_of_25_mb_is_taken_and_one_byte_more_is_refused(world: World) -> None:
    start, end = b'{"action": "opened", "filler": "', b'"}'
    body = start + b"x" * (BODY_LIMIT - len(start) - len(end)) + end
    guid = str(uuid.uuid4())
    assert world.knock("star", body, **{"x-github-delivery": guid}).status_code == 202
    assert world.end_of(guid).status == "ignored"
    refused = str(uuid.uuid4())
    answer = world.knock("star", body[:-2] + b"x" + end, **{"x-github-delivery": refused})
    assert answer.status_code == 413
    assert "larger than 26214400 bytes" in answer.json()["message"]
    assert rows(world, [refused]) == []


def opened(world: World, **more: Any) -> Json:
    """Give the payload of an issue that was really opened, to be spoilt."""
    place = world.scene.repository()
    world.scene.bob.open_issue(place.name, "Greetings", "hello")
    delivery = world.scene.delivery(place.name, "issues", "opened")
    payload: Json = json.loads(delivery.body)
    return {**payload, **more}


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("issue", "number"), "7"),
        (("issue", "number"), 0),
        (("issue", "number"), 2**70),
        (("issue", "number"), 1.5),
        (("issue", "user"), "bob"),
        (("issue", "labels"), {"name": "x"}),
        (("issue", "body"), ["x"]),
        (("issue",), []),
        (("repository",), "octo/models"),
        (("repository", "full_name"), "../../app"),
        (("repository", "full_name"), "a/b/c?x=#"),
        (("repository", "default_branch"), None),
        (("repository", "owner", "login"), 3),
        (("installation", "id"), -1),
        (("installation", "id"), True),
        (("sender", "login"), None),
        (("action",), 5),
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_ends_the_delivery_with_the_fields_name(
    world: World, where: tuple[str, ...], value: object
) -> None:
    payload = deepcopy(_once(world))
    replaced(payload, where, value)
    since = world.github.last_request
    delivery = world.send("issues", payload)
    assert delivery.status == "dead"
    assert delivery.error is not None
    assert delivery.error.startswith(f"not as GitHub documents it: issues payload, field {where[0]}")
    # A repository's history may be read in the background meanwhile, in part over GraphQL.
    asked = [one for one in world.github.requests(since) if one["path"] != "/graphql"]
    assert [one for one in asked if one["method"] != "GET"] == []


_kept: list[Json] = []


def _once(world: World) -> Json:
    if not _kept:
        _kept.append(opened(world))
    return _kept[0]


JUNK: tuple[object, ...] = (
    None,
    True,
    -1,
    2**64,
    1.5,
    "",
    "a\0b",
    "\u202e@everyone",
    "../..",
    [],
    [{}],
    {},
    {"id": "x"},
)
FIELDS = [
    where
    for where in places(whole_payload())
    if where[0] not in ("pull_request", "ref", "forced", "commits", "installation")
]

SPOILT = [(where, JUNK[(3 * n + k) % len(JUNK)]) for n, where in enumerate(FIELDS) for k in range(3)]
"""Each field with some of the junk; tests/test_events.py tries far more, without a service around it."""


def test_junk_in_any_field_of_a_comment_ends_in_words_and_changes_nothing(world: World) -> None:
    base = whole_payload() | {"installation": {"id": world.scene.installation}, "action": "created"}
    del base["pull_request"]
    base["comment"]["body"] = "/help\n/release-model\n/model-card"
    since, sent = world.github.last_request, []
    for number, (where, junk) in enumerate(SPOILT):
        payload = deepcopy(base)
        # Each in a line of its own, so that none waits for another.
        payload["repository"]["full_name"] = f"nobody/models-{number}"
        replaced(payload, where, junk)
        sent.append(str(uuid.uuid4()))
        answer = world.knock("issue_comment", json.dumps(payload).encode(), **{"x-github-delivery": sent[-1]})
        assert answer.status_code == 202, (where, junk, answer.text)

    for row in eventually(lambda: all_over(world, sent), "the end of all of them", within=60):
        assert row.status in ("handled", "ignored", "dead")
        if row.status == "dead":
            assert (row.error or "").startswith("not as GitHub documents it: issue_comment payload, field ")
        elif row.error:
            assert row.error.startswith("cannot be reached any more: ")
    done = [
        one["path"] for one in world.github.requests(since) if one["method"] != "GET" and one["status"] < 300
    ]
    assert [path for path in done if "access_tokens" not in path] == []


def test_a_key_given_twice_counts_once_and_a_huge_number_is_no_number(world: World) -> None:
    payload = json.dumps(_once(world))
    twice = f'{payload[:-1]}, "action": "pinned"}}'.encode()
    guid = str(uuid.uuid4())
    assert world.knock("issues", twice, **{"x-github-delivery": guid}).status_code == 202
    assert (world.end_of(guid).action, world.end_of(guid).status) == ("pinned", "ignored")
    huge = payload.replace('"number": ', '"number": 1' + "0" * 400, 1).encode()
    answer = world.knock("issues", huge, **{"x-github-delivery": (guid := str(uuid.uuid4()))})
    assert answer.status_code in (202, 400)
    if answer.status_code == 202:
        assert world.end_of(guid).status == "dead"
