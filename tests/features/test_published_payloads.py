"""Every payload that GitHub has published, brought to all features."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.features.sayings import CONFIGS
from tests.features.world import ThreadRecord, World
from tests.fixtures.events import Json
from tests.test_events import example_files, examples


@pytest.mark.skipif(not example_files(), reason="npm ci in tests/contract brings the examples")
@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_no_published_payload_has_a_feature_do_what_must_be_impossible(
    place: tuple[Engine, Path], config: str
) -> None:
    delivered, concerned = 0, 0
    with asyncio.Runner() as loop:
        for index in example_files():
            for name, payload in examples(index):
                world = World(*place, config)
                payload = _of_the_world(payload, world)
                for guid in ("one", "one", "two"):
                    if guid == "two" and name == "issue_comment":
                        continue
                    decision = loop.run(world.deliver(f"{world.home['id']}-{guid}", name, payload))
                    delivered += 1
                    concerned += decision is not None
                world.hold()
                # Of what a payload names only its own thread is there; the rest is gone, as in real life.
                broken = [one for one in world.failures if not one.endswith(": Not Found")]
                assert broken == [], (name, payload.get("action"))
    assert delivered > 2000
    assert concerned > 100


def _of_the_world(payload: Json, world: World) -> Json:
    """Give a payload with the world's repository in it, and put its thread into the world."""
    made = dict(payload)
    if "repository" in made:
        made["repository"] = {**made["repository"], "id": world.home["id"]}
    about = made.get("pull_request") or made.get("issue")
    if isinstance(about, dict) and isinstance(about.get("number"), int):
        author = (about.get("user") or {}).get("login", "")
        thread = ThreadRecord(
            about["number"], author, about.get("title") or "", about.get("body") or "", "pull_request" in made
        )
        thread.labels = {one["name"]: None for one in about.get("labels") or ()}
        thread.label_log = [("labeled", "somebody", name) for name in thread.labels]
        thread.state, thread.draft = about.get("state", "open"), bool(about.get("draft"))
        comment = made.get("comment")
        if isinstance(comment, dict) and isinstance(comment.get("id"), int):
            thread.comments[comment["id"]] = ((comment.get("user") or {}).get("login", ""), "")
        world.threads[thread.number] = thread
    return made
