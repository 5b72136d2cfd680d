"""A Hub that will not, cannot or must not take a model: who can act is told, and nothing becomes public."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.bad_input.world import Model, World, good_model, is_clear

OPERATOR = "Ask the operator to set a"


@contextmanager
def token(world: World, secret: str | None) -> Iterator[None]:
    """Let the service run with another Hub token for a while."""
    world.scene.stop()
    world.scene.start(hub_token=secret)
    try:
        yield
    finally:
        world.scene.stop()
        world.scene.start()


def is_unpublished(model: Model, *parts: str) -> None:
    told = model.ended()
    is_clear(told, "ended without publishing", *parts)
    model.world.hub.no_faults()
    assert not model.is_public()
    assert model.records()[-1].status == "failed"
    assert "hf_" not in model.words()


def test_without_a_token_the_operator_is_named_and_nothing_is_begun(world: World) -> None:
    with token(world, None):
        model = world.model()
        model.release()
        is_unpublished(model, "This service has no Hub token", "GIVEBACK\\_HUB\\_TOKEN")
    assert not model.is_on_the_hub()


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ({"name": "reader", "orgs": {"acme": "write"}, "role": "read"}, "can only read"),
        ({"name": "outsider"}, "may not write to acme/"),
        ({"name": "visitor", "orgs": {"acme": "read"}}, "may not write to acme/"),
        (
            {
                "name": "finely",
                "orgs": {"acme": "write"},
                "role": "fineGrained",
                "scopes": {"other": "write"},
            },
            "may not write to acme/",
        ),
        (None, "does not know this token"),
    ],
    ids=["read", "no member", "member who reads", "other scope", "wrong"],
)
def test_a_token_that_may_not_write_ends_the_release_with_who_can_mend_it(
    world: World, user: dict[str, Any] | None, words: str
) -> None:
    secret = world.hub.user(user.pop("name"), **user).token if user else "hf_wrong"
    with token(world, secret):
        model = world.model()
        model.release()
        if user is not None:  # nobody's token ends it where the base model is looked up
            model.approve()
        is_unpublished(model, words, OPERATOR)
        assert secret not in model.words()
    assert not model.is_on_the_hub()


@pytest.mark.parametrize(
    ("path", "method", "status", "words"),
    [
        ("/api/repos/create", "POST", 403, "Nothing was published"),
        ("/commit/main", "POST", 401, "It was not published"),
    ],
)
def test_a_token_revoked_on_the_way_leaves_nothing_public(
    world: World, path: str, method: str, status: int, words: str
) -> None:
    model = world.model()
    model.release()
    world.hub.fault(path, "status", method=method, status=status)
    model.approve()
    is_unpublished(model, words, OPERATOR)
    again(model)


def test_a_token_revoked_before_the_last_step_says_that_it_was_not_published(world: World) -> None:
    model = world.model()
    model.release()
    world.hub.fault("/settings", "status", method="PUT", status=403)
    model.approve()
    is_unpublished(model, "It was not published", OPERATOR)
    world.hub.no_faults()
    assert not model.is_public()


def again(model: Model) -> None:
    """Once it is mended, the same release goes through from where it stood."""
    before = len(model.records())
    model.release()
    assert len(model.records()) == before + 1
    model.approve()
    assert "is published: " in model.ended()
    assert model.is_public()


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "cut"}, {"kind": "status", "status": 200, "body": "<html>"}],
    ids=["503", "cut", "not a Hub"],
)
def test_a_hub_that_is_down_ends_the_release_with_when_to_try_again(
    world: World, fault: dict[str, Any]
) -> None:
    model = world.model()
    model.release()
    world.hub.fault("/api/", **fault)
    model.approve()
    is_unpublished(model, "Hub", "Nothing was published", "Start the release again when it is back")


def test_a_hub_that_is_down_for_a_moment_is_waited_for(world: World) -> None:
    model = world.model()
    model.release()
    world.hub.fault("/api/whoami", "status", status=502, times=1)
    model.approve()
    assert "is published: " in model.ended()


def test_content_that_arrives_changed_is_never_made_public(world: World) -> None:
    model = world.model()
    model.release()
    world.hub.fault("/resolve/.*/config.json", "status", method="GET", status=200, body="{}")
    model.approve()
    is_unpublished(model, "Nothing was published")


def put(model: Model, *, private: bool, path: str = "theirs.bin") -> None:
    """Let somebody have a repository of that name with a file in it."""
    hub, headers = model.world.hub, {"authorization": f"Bearer {model.world.hub.token}"}
    owner, name = model.hub_id.split("/")
    body = {"name": name, "organization": owner, "private": private}
    httpx.post(f"{hub.url}/api/repos/create", json=body, headers=headers).raise_for_status()
    lines = (
        '{"key": "header", "value": {"summary": "Theirs"}}\n'
        f'{{"key": "file", "value": {{"path": "{path}", "encoding": "utf-8", "content": "theirs"}}}}\n'
    )
    headers["content-type"] = "application/x-ndjson"
    where = f"{hub.url}/api/models/{model.hub_id}/commit/main"
    httpx.post(where, content=lines, headers=headers).raise_for_status()


@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
def test_a_repository_of_that_name_with_other_content_is_not_touched(world: World, private: bool) -> None:
    model = world.model()
    put(model, private=private)
    before = world.hub.commits(model.hub_id)
    model.release()
    model.approve()
    told = model.ended()
    is_clear(told, "ended without publishing", "holds more than this release" if private else model.hub_id)
    assert world.hub.commits(model.hub_id) == before
    assert world.hub.is_public(model.hub_id) is not private


def test_a_name_in_somebody_elses_namespace_is_refused(world: World) -> None:
    world.hub.user("stranger")
    model = world.model(hub_id="stranger/digits")
    if world.scene.alice.comment(model.place.name, model.number, "/release-model"):
        world.scene.settle()
    if model.records() and not model.records()[-1].status:
        model.approve()
        model.ended()
    is_clear(model.words(), "stranger/digits")
    assert not world.hub.exists("stranger/digits")


def test_a_card_the_hub_would_not_take_ends_the_release_in_words(world: World) -> None:
    card = (
        good_model()["README.md"]
        .decode()
        .replace("license: apache-2.0", "license: apache-2.0\nlanguage: Klingon!")
    )
    model = world.model(files={"README.md": card.encode()})
    model.release()
    if not model.records()[-1].status:
        model.approve()
    is_clear(model.ended(), "ended without publishing")
    assert not model.is_public()
