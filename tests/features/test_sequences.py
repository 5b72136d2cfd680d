"""People and the bot on one repository, in any order: what must be impossible stays impossible."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from bot.reads import CheckResult, Verdict
from tests.features.sayings import BODIES, CONFIGS, PEOPLE, SAYINGS, TITLES, asked_in
from tests.features.world import BOT, LABELS, STAFF, ThreadRecord, World
from tests.fixtures.events import Json, account

people = st.sampled_from(PEOPLE)
staff = st.sampled_from(sorted(STAFF))


class Life(RuleBasedStateMachine):
    """One repository; what GitHub sends of it waits, and arrives late, again, and in any order."""

    database: Engine
    folder: Path
    loop: asyncio.Runner

    @initialize(config=st.sampled_from(CONFIGS))
    def begin(self, config: str) -> None:
        self.world = World(self.database, self.folder, config)
        self.sent: list[tuple[str, str, Json]] = []
        """Guid, name and payload of what was sent and may still arrive."""
        self.old: list[tuple[str, str, Json]] = []
        """What arrived once."""
        self.guids = 0
        self.open("bob", TITLES[0], BODIES[1], pull=False, draft=False)
        self.open("eve", TITLES[2], BODIES[2], pull=True, draft=False)

    # What people do.

    @rule(
        author=people,
        title=st.sampled_from(TITLES),
        body=st.sampled_from(BODIES),
        pull=st.booleans(),
        draft=st.booleans(),
    )
    def open_another(self, author: str, title: str, body: str, pull: bool, draft: bool) -> None:
        self.open(author, title, body, pull=pull, draft=draft)

    def open(self, author: str, title: str, body: str, *, pull: bool, draft: bool) -> None:
        number = len(self.world.threads) + 1
        thread = ThreadRecord(number, author, title, body, pull, draft=pull and draft, head=f"{number:040x}")
        self.world.threads[number] = thread
        self._send(thread, "opened", by=author)

    @rule(data=st.data(), body=st.sampled_from(BODIES))
    def edit(self, data: st.DataObject, body: str) -> None:
        thread = self._one(data)
        before, thread.body = thread.body, body
        self._send(thread, "edited", by=thread.author, changes={"body": {"from": before}})

    @rule(data=st.data(), by=people, body=st.sampled_from(SAYINGS), at_once=st.booleans())
    def say(self, data: st.DataObject, by: str, body: str, at_once: bool) -> None:
        thread = self._one(data)
        id = next(self.world.ids)
        thread.comments[id] = (by, body)
        self._send_comment(thread, id, "created", by)
        if at_once:
            self.arrive(len(self.sent) - 1, held_up=False, trouble=None)

    @rule(data=st.data(), body=st.sampled_from(SAYINGS))
    def edit_comment(self, data: st.DataObject, body: str) -> None:
        thread = self._one(data)
        mine = [id for id, (author, _) in thread.comments.items() if author != BOT]
        if mine:
            id = data.draw(st.sampled_from(mine))
            author, before = thread.comments[id]
            thread.comments[id] = (author, body)
            self._send_comment(thread, id, "edited", author, changes={"body": {"from": before}})

    @rule(data=st.data(), label=st.sampled_from(LABELS), by=staff)
    def label(self, data: st.DataObject, label: str, by: str) -> None:
        self._toggle(self._one(data), label, by)

    @rule(data=st.data(), by=staff)
    def take_away_a_label_of_the_bots(self, data: st.DataObject, by: str) -> None:
        thread = self._one(data)
        mine = [label for label in thread.labels if ("labeled", BOT, label) in thread.label_log]
        if mine:
            self._toggle(thread, data.draw(st.sampled_from(mine)), by)

    def _toggle(self, thread: ThreadRecord, label: str, by: str) -> None:
        action = "unlabeled" if label in thread.labels else "labeled"
        if action == "labeled":
            thread.labels[label] = None
        else:
            del thread.labels[label]
        thread.label_log.append((action, by, label))
        self._send(thread, action, by=by, label={"name": label})

    @rule(data=st.data(), by=staff)
    def close_or_reopen(self, data: st.DataObject, by: str) -> None:
        thread = self._one(data)
        if not thread.merged:
            thread.state = "closed" if thread.state == "open" else "open"
            self._send(thread, "closed" if thread.state == "closed" else "reopened", by=by)

    @rule(data=st.data(), by=staff)
    def unassign(self, data: st.DataObject, by: str) -> None:
        thread = self._one(data)
        if thread.assignees:
            gone = thread.assignees.pop()
            self._send(thread, "unassigned", by=by, assignee=account(gone))

    @precondition(lambda self: self._pulls())
    @rule(data=st.data(), sha=st.integers(0, 15))
    def push(self, data: st.DataObject, sha: int) -> None:
        pull = self._pull(data)
        pull.head, pull.checks = f"{pull.number:039x}{sha:x}", ()
        self._send(pull, "synchronize", by=pull.author)

    @precondition(lambda self: self._pulls())
    @rule(data=st.data())
    def toggle_draft(self, data: st.DataObject) -> None:
        pull = self._pull(data)
        pull.draft = not pull.draft
        self._send(pull, "converted_to_draft" if pull.draft else "ready_for_review", by=pull.author)

    @precondition(lambda self: self._pulls())
    @rule(data=st.data(), by=staff, approved=st.booleans())
    def review(self, data: st.DataObject, by: str, approved: bool) -> None:
        pull = self._pull(data)
        others = [one for one in pull.reviews if one.author != by]
        pull.reviews = [*others, Verdict(by, approved, pull.head)]
        pull.requested = [login for login in pull.requested if login != by]
        state = "approved" if approved else "changes_requested"
        review = {"id": next(self.world.ids), "state": state, "user": account(by)}
        self._send(pull, "submitted", by=by, event="pull_request_review", review=review)

    @precondition(lambda self: self._pulls())
    @rule(data=st.data(), by=staff, login=staff)
    def ask_for_review(self, data: st.DataObject, by: str, login: str) -> None:
        pull = self._pull(data)
        if login not in (pull.author, *pull.requested):
            pull.requested.append(login)
            pull.ever_requested[login] += 1
            self._send(pull, "review_requested", by=by, requested_reviewer=account(login))

    @precondition(lambda self: self._pulls())
    @rule(data=st.data(), passed=st.booleans())
    def finish_checks(self, data: st.DataObject, passed: bool) -> None:
        pull = self._pull(data)
        conclusion = "success" if passed else "failure"
        pull.checks = (CheckResult("tests", "completed", conclusion),)
        suite = {"head_sha": pull.head, "conclusion": conclusion, "pull_requests": []}
        self._queue("check_suite", {"action": "completed", "check_suite": suite}, by="alice")

    @precondition(lambda self: self._pulls())
    @rule(data=st.data(), by=staff)
    def merge(self, data: st.DataObject, by: str) -> None:
        pull = self._pull(data)
        if pull.state == "open":
            pull.state, pull.merged = "closed", True
            self._send(pull, "closed", by=by)

    @rule(data=st.data())
    def delete_the_bots_comment(self, data: st.DataObject) -> None:
        thread = self._one(data)
        mine = [id for id, (author, _) in thread.comments.items() if author == BOT]
        if mine:
            del thread.comments[data.draw(st.sampled_from(mine))]

    # What GitHub does.

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 20), held_up=st.booleans(), trouble=st.none() | st.integers(0, 3))
    def arrive(self, which: int, held_up: bool, trouble: int | None) -> None:
        """One of those that wait arrives, the oldest or not; perhaps GitHub is away amid the answer."""
        guid, name, payload = self.sent.pop(which % len(self.sent))
        self.old.append((guid, name, payload))
        self._deliver(guid, name, payload, held_up, trouble)

    @precondition(lambda self: self.sent)
    @rule()
    def arrive_all_in_order(self) -> None:
        while self.sent:
            self.arrive(0, held_up=False, trouble=None)

    @precondition(lambda self: self.old)
    @rule(which=st.integers(0, 20))
    def arrive_again(self, which: int) -> None:
        """What was handled arrives again, under its own GUID: nothing at all may happen."""
        guid, name, payload = self.old[which % len(self.old)]
        before = self.world.writes
        self._deliver(guid, name, payload, held_up=False, trouble=None)
        assert self.world.writes == before

    @precondition(lambda self: self.old)
    @rule(which=st.integers(0, 20))
    def arrive_under_another_guid(self, which: int) -> None:
        """To GitHub it is another delivery. It never sends a comment so: that would be one written twice."""
        _, name, payload = self.old[which % len(self.old)]
        if name != "issue_comment":
            self._deliver(self._guid(), name, payload, held_up=True, trouble=None)

    @precondition(lambda self: self.world.timers())
    @rule(which=st.integers(0, 5))
    def ring(self, which: int) -> None:
        timers = self.world.timers()
        self.loop.run(self.world.ring(timers[which % len(timers)], self._guid()))

    @invariant()
    def what_stands_there_is_well(self) -> None:
        if hasattr(self, "world"):
            self.world.hold()

    def teardown(self) -> None:
        """Nobody is left without an answer because a feature broke."""
        if hasattr(self, "world"):
            assert self.world.failures == []

    # How it is done.

    def _one(self, data: st.DataObject) -> ThreadRecord:
        return self.world.threads[data.draw(st.sampled_from(sorted(self.world.threads)))]

    def _pulls(self) -> list[int]:
        return [number for number, thread in self.world.threads.items() if thread.pull]

    def _pull(self, data: st.DataObject) -> ThreadRecord:
        return self.world.threads[data.draw(st.sampled_from(self._pulls()))]

    def _guid(self) -> str:
        self.guids += 1
        return f"{self.world.home['id']}-{self.guids}"

    def _send(self, thread: ThreadRecord, action: str, *, by: str, event: str = "", **more: Any) -> None:
        thread.updated = time.time()
        shaped = thread.pull_payload(self.world.home) if thread.pull else thread.payload()
        name = event or ("pull_request" if thread.pull else "issues")
        field = "pull_request" if thread.pull else "issue"
        self._queue(name, {"action": action, field: shaped, **more}, by=by)

    def _send_comment(self, thread: ThreadRecord, id: int, action: str, by: str, **more: Any) -> None:
        author, body = thread.comments[id]
        comment = {"id": id, "body": body, "user": account(author)}
        payload = {"action": action, "issue": thread.payload(), "comment": comment, **more}
        self._queue("issue_comment", payload, by=by)

    def _queue(self, name: str, payload: Json, *, by: str) -> None:
        whole = {**payload, "repository": self.world.home, "sender": account(by)}
        self.sent.append((self._guid(), name, json.loads(json.dumps(whole))))

    def _deliver(self, guid: str, name: str, payload: Json, held_up: bool, trouble: int | None) -> None:
        """Bring a delivery to the bot; one that others overtook in the meantime was held up for sure."""
        for field in ("pull_request", "issue"):
            if field not in payload:
                continue
            thread = self.world.threads[payload[field]["number"]]
            held_up = held_up or payload[field]["updated_at"] != thread.payload()["updated_at"]
            if held_up:
                long_ago = "2020-01-01T00:00:00+00:00"
                payload = {**payload, field: {**payload[field], "updated_at": long_ago}}
        asks = asked_in(payload) if name == "issue_comment" else ()
        deliver = self.world.deliver(guid, name, payload, asks=asks, fresh=not held_up, trouble_after=trouble)
        self.loop.run(deliver)


def test_people_and_the_bot_in_any_order(place: tuple[Engine, Path]) -> None:
    with asyncio.Runner() as loop:
        Life.database, Life.folder = place
        Life.loop = loop
        run_state_machine_as_test(Life, settings=settings(stateful_step_count=40))
