"""Put the service under load: signed deliveries about issues and comments that are really on GitHub."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.sandbox.demo.people import Person
from tests.processes import Json, World
from tests.webhooks import headers_for

SENDERS = 4
PATIENCE = 30.0
"""Seconds a sender waits for an answer."""

TITLE, BODY = "[Bug] Crash when I load the model", "It fails at once."
"""An issue that gets two labels and a status comment."""


@dataclass
class Sent:
    """One delivery and what came back for it, over all the times it was sent."""

    guid: str
    event: str
    body: bytes
    number: int
    """The thread it is about."""
    comment: int | None = None
    """The comment with the command, if it is about one."""
    acknowledged: bool = False
    cut: bool = False
    """The connection broke while it was on its way at least once."""
    repeats: int = 0
    """How often it was sent again after it was acknowledged."""


@dataclass
class Load:
    """Senders that open issues, ask for ``/help``, and repeat what they sent before.

    ``rate`` bounds the deliveries a second of all senders together. A delivery that reaches nobody is tried
    until it reaches somebody; one whose connection breaks halfway is left as it is, as GitHub would, or
    sent once more, as an operator would.
    """

    world: World
    repository: Json
    urls: Sequence[str]
    rate: float
    seed: int
    sent: list[Sent] = field(default_factory=list)
    _threads: list[Json] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next_turn: float = 0.0
    _failures: list[BaseException] = field(default_factory=list)

    def start(self) -> None:
        """Start the senders."""
        self._senders = [
            threading.Thread(target=self._send_until_stopped, args=(self.seed * SENDERS + number,))
            for number in range(SENDERS)
        ]
        for sender in self._senders:
            sender.start()

    def stop(self) -> None:
        """Stop the senders; raises what any of them stumbled over."""
        self._stopping.set()
        for sender in self._senders:
            sender.join()
        if self._failures:
            raise self._failures[0]

    @property
    def acknowledged(self) -> int:
        """Count the deliveries that were acknowledged so far."""
        return sum(one.acknowledged for one in list(self.sent))

    def _send_until_stopped(self, seed: int) -> None:
        choose = random.Random(seed)
        login = f"reporter-{uuid.uuid4().hex[:12]}"
        try:
            token = self.world.control(self.world.github, "POST", "/users", {"login": login})["token"]
            reporter = Person(self.world.api, login, token)
            with closing(reporter), httpx.Client(timeout=PATIENCE) as http:
                while not self._stopping.is_set():
                    self._await_turn()
                    self._send_one(http, reporter, choose)
        except BaseException as failure:
            self._failures.append(failure)

    def _await_turn(self) -> None:
        with self._lock:
            self._next_turn = max(self._next_turn + 1 / self.rate, time.monotonic())
            turn = self._next_turn
        self._stopping.wait(turn - time.monotonic())

    def _send_one(self, http: httpx.Client, reporter: Person, choose: random.Random) -> None:
        with self._lock:
            threads, sent = list(self._threads), list(self.sent)
        kinds: list[Callable[[], Sent]] = [lambda: self._open(reporter)]
        weights = [4]
        if threads:
            thread = choose.choice(threads)
            kinds += [lambda: self._ask(reporter, thread), lambda: self._open_again(thread)]
            weights += [5, 1]
        if sent:
            kinds.append(lambda: choose.choice(sent))
            weights.append(1)
        (kind,) = choose.choices(kinds, weights)
        self._deliver(http, kind(), choose)

    def _open(self, reporter: Person) -> Sent:
        """Open an issue."""
        body = {"title": TITLE, "body": BODY}
        issue = reporter.call("POST", f"/repos/{self.repository['full_name']}/issues", body)
        with self._lock:
            self._threads.append(issue)
        return self._note("issues", issue, {"action": "opened"})

    def _open_again(self, issue: Json) -> Sent:
        """Tell of an issue that was told of before, under another GUID."""
        return self._note("issues", issue, {"action": "opened"})

    def _ask(self, reporter: Person, issue: Json) -> Sent:
        """Comment a command."""
        path = f"/repos/{self.repository['full_name']}/issues/{issue['number']}/comments"
        comment = reporter.call("POST", path, {"body": "/help"})
        return self._note("issue_comment", issue, {"action": "created", "comment": comment})

    def _note(self, event: str, issue: Json, more: Json) -> Sent:
        about: dict[str, Any] = more.get("comment", issue)
        payload = {
            **more,
            "issue": issue,
            "repository": self.repository,
            "sender": about["user"],
            "installation": {"id": self.world.installation},
        }
        comment = more["comment"]["id"] if "comment" in more else None
        sent = Sent(str(uuid.uuid4()), event, json.dumps(payload).encode(), issue["number"], comment)
        with self._lock:
            self.sent.append(sent)
        return sent

    def _deliver(self, http: httpx.Client, sent: Sent, choose: random.Random) -> None:
        headers = headers_for(sent.body, event=sent.event, guid=sent.guid)
        while not self._stopping.is_set():
            try:
                answer = http.post(f"{choose.choice(self.urls)}/webhook", content=sent.body, headers=headers)
            except httpx.ConnectError:
                self._stopping.wait(0.05)
            except httpx.TransportError:
                sent.cut = True
                if choose.random() < 0.5:
                    return
            else:
                answer.raise_for_status()
                sent.repeats += sent.acknowledged
                sent.acknowledged = True
                return
