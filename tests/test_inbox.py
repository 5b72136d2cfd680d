from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot import store
from bot.events import read_event
from bot.inbox import (
    BODY_LIMIT,
    DeliveryRefusedError,
    Inbox,
    Subject,
    _read_subject_slowly,
    is_signed,
    read_envelope,
    read_subject,
)
from bot.sandbox.serving import run_in_thread
from bot.store import Delivery, create_tables, open_database
from tests.webhooks import SECRET, headers_for, issue_opened, sign

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


class Served:
    """An inbox behind real HTTP."""

    def __init__(self, url: str, database: Engine, inbox: Inbox) -> None:
        self.url = url
        self.database = database
        self.inbox = inbox
        self.client = httpx.Client(base_url=url, timeout=30)

    def deliver(self, body: bytes = b"{}", *, drop: str = "", **headers: str) -> httpx.Response:
        """Send a well-formed delivery, with headers changed or one of them left out."""
        sent = headers_for(body) | {name.replace("_", "-"): value for name, value in headers.items()}
        sent.pop(drop, None)
        return self.client.post("/webhook", content=body, headers=sent)

    def stored(self) -> Sequence[Delivery]:
        """List every delivery, the newest first, with its body."""
        with Session(self.database) as session:
            rows = store.list_deliveries(session, limit=10_000)
            for row in rows:
                assert row.body is not None
            return rows

    def change(self, change: Callable[..., int], *arguments: str) -> None:
        """Change a delivery as the engine would."""
        with Session(self.database) as session:
            assert change(session, *arguments)
            session.commit()


@contextlib.contextmanager
def served(
    database: Engine, secrets: Sequence[str] = (SECRET,), *, in_front: bool = False, **limits: Any
) -> Iterator[Served]:
    inbox = Inbox(database, secrets, **limits)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with inbox:
            yield

    app = FastAPI(lifespan=lifespan)
    if not in_front:
        app.router.routes.extend(inbox.routes())
    with run_in_thread(inbox.in_front_of(app) if in_front else app) as running:
        knocking = Served(running.url, database, inbox)
        yield knocking
        knocking.client.close()


@pytest.fixture
def inbox(database: Engine) -> Iterator[Served]:
    """An inbox on each kind of database."""
    with served(database) as running:
        yield running


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An inbox for deliveries that are refused, so that all of them may share it."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('inbox') / 'giveback.db'}")
    create_tables(database)
    with served(database) as running:
        yield running
        assert running.stored() == []
    database.dispose()


def refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.json()["message"]


# What is taken in


def test_a_delivery_is_stored_as_it_came_and_acknowledged_with_202(inbox: Served) -> None:
    body = issue_opened()
    answer = inbox.deliver(body, x_github_delivery=GUID.upper(), x_github_hook_id="5")
    assert (answer.status_code, answer.json()) == (202, {"message": "stored"})
    (row,) = inbox.stored()
    assert (row.guid, row.event, row.action, row.status) == (GUID, "issues", "opened", "received")
    assert (row.installation_id, row.repository, row.thread) == (99, "octo/hello", "octo/hello#7")
    assert row.body == body
    assert row.headers == {
        "x-github-event": "issues",
        "x-github-delivery": GUID.upper(),
        "x-github-hook-id": "5",
    }


def test_a_body_of_exactly_25_mb_is_stored(inbox: Served) -> None:
    body = b'{"x":"' + b"y" * (BODY_LIMIT - 8) + b'"}'
    assert len(body) == BODY_LIMIT
    assert inbox.deliver(body).status_code == 202
    assert inbox.stored()[0].body == body


def test_control_characters_and_wrong_types_in_a_payload_do_not_keep_it_out(inbox: Served) -> None:
    hostile = [
        issue_opened(action="op\0ened", repository={"full_name": "a\0/b\n"}),
        issue_opened(action=5, repository="octo", issue=[1], installation={"id": "x"}),
        issue_opened(issue={"number": 10**25}, installation={"id": -1}),
        issue_opened(issue={"number": True}, installation={"id": 1.5}),
    ]
    assert [inbox.deliver(body).status_code for body in hostile] == [202] * 4
    assert [(row.thread, row.installation_id) for row in inbox.stored()] == [
        (None, 99) if number == 3 else (None, None) for number in range(4)
    ]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_carry_a_charset_and_any_case(inbox: Served, kind: str) -> None:
    assert inbox.deliver(content_type=kind).status_code == 202


def test_a_delivery_signed_with_any_current_secret_is_taken_and_with_a_retired_one_is_not(
    database: Engine,
) -> None:
    with served(database, ["the new one", "the old one"]) as inbox:
        for secret, status in [("the new one", 202), ("the old one", 202), ("a retired one", 401)]:
            answer = inbox.deliver(x_hub_signature_256=sign(b"{}", secret))
            assert answer.status_code == status


@pytest.mark.parametrize("secrets", [[], [""], ["good", ""]])
def test_an_inbox_without_a_secret_cannot_be_made(database: Engine, secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Inbox(database, secrets)


# What is refused


def test_a_delivery_without_a_signature_is_refused_with_401(refusing: Served) -> None:
    refused(refusing.deliver(drop="x-hub-signature-256"), 401, "X-Hub-Signature-256 is missing")


def test_an_sha_1_signature_alone_is_refused_with_401_and_says_what_is_needed(refusing: Served) -> None:
    answer = refusing.deliver(drop="x-hub-signature-256", x_hub_signature="sha1=" + "0" * 40)
    refused(answer, 401, "X-Hub-Signature-256 is required")


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "g" * 64, "sha1=" + "0" * 40, "0" * 64])
def test_a_malformed_signature_is_refused_with_401(refusing: Served, signature: str) -> None:
    refused(refusing.deliver(x_hub_signature_256=signature), 401, "64 hexadecimal digits")


@pytest.mark.parametrize("body", [b"{}", b"not JSON", b"\xff\xfe"])
def test_a_wrong_signature_is_refused_with_401_before_the_body_is_looked_at(
    refusing: Served, body: bytes
) -> None:
    answer = refusing.deliver(body, x_hub_signature_256=sign(body, "another secret"))
    refused(answer, 401, "does not match")


@pytest.mark.parametrize("guid", ["", "123", GUID + "0", "g" + GUID[1:], GUID.replace("-", "")])
def test_a_delivery_without_a_proper_guid_is_refused_with_400(refusing: Served, guid: str) -> None:
    refused(refusing.deliver(x_github_delivery=guid), 400, "X-GitHub-Delivery must be a GUID")
    refused(refusing.deliver(drop="x-github-delivery"), 400, "X-GitHub-Delivery must be a GUID")


@pytest.mark.parametrize("event", ["", "Issues!", "a" * 65, "issues opened"])
def test_a_delivery_without_a_proper_event_is_refused_with_400(refusing: Served, event: str) -> None:
    refused(refusing.deliver(x_github_event=event), 400, "X-GitHub-Event")
    refused(refusing.deliver(drop="x-github-event"), 400, "X-GitHub-Event")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_another_content_type_is_refused_with_415_and_says_where_to_set_it(
    refusing: Served, kind: str
) -> None:
    refused(refusing.deliver(content_type=kind), 415, "application/json: set it on the webhook")


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a": 1', b"{'a': 1}", b'"\xff"', b'{"a": NaN}', b"[" * 5000, b'{"a":"\\ud800"}']
)
def test_signed_bytes_that_are_not_json_are_refused_with_400(refusing: Served, body: bytes) -> None:
    refused(refusing.deliver(body), 400, "not valid JSON")


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"'])
def test_json_that_is_not_an_object_is_refused_with_400(refusing: Served, body: bytes) -> None:
    refused(refusing.deliver(body), 400, "must be a JSON object")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_anything_but_a_post_is_refused_with_405(refusing: Served, method: str) -> None:
    answer = refusing.client.request(method, "/webhook")
    refused(answer, 405, "POST")
    assert answer.headers["allow"] == "POST"


def test_a_body_said_to_be_over_25_mb_is_refused_with_413_before_it_is_sent(refusing: Served) -> None:
    headers = headers_for(b"") | {"content-length": str(BODY_LIMIT + 1), "host": "inbox"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    host, port = refusing.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /webhook HTTP/1.1\r\n{lines}\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_body_over_25_mb_of_unsaid_length_is_refused_with_413_as_it_streams(refusing: Served) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(26):
            yield b" " * 2**20

    answer = refusing.client.post("/webhook", content=endless(), headers=headers_for(b""))
    refused(answer, 413, "larger than")


@pytest.mark.parametrize("begun", [b"", b"{"], ids=["never begun", "begun"])
def test_a_body_that_stalls_is_refused_with_408(database: Engine, begun: bytes) -> None:
    headers = headers_for(b"{}") | {"content-length": "2", "host": "inbox"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with served(database, body_timeout=0.05) as slow:
        host, port = slow.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(f"POST /webhook HTTP/1.1\r\n{lines}\r\n".encode() + begun)
            assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert slow.stored() == []


def test_a_body_that_ends_early_stores_nothing(refusing: Served) -> None:
    body = issue_opened()
    headers = headers_for(body) | {"content-length": str(len(body)), "host": "inbox"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    host, port = refusing.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /webhook HTTP/1.1\r\n{lines}\r\n".encode() + body[:-1])
    refused(refusing.deliver(b"["), 400, "not valid JSON")


# What was seen before


def test_a_guid_seen_before_is_answered_200_and_announces_nothing(inbox: Served) -> None:
    announced: list[bool] = []
    inbox.inbox.on_stored(lambda: announced.append(True))
    first, second = inbox.deliver(x_github_delivery=GUID), inbox.deliver(x_github_delivery=GUID)
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == {"message": "seen before"}
    assert len(inbox.stored()) == 1
    assert announced == [True]


def queue(session: Session, guid: str) -> int:
    return store.mark_queued(session, [guid])


@pytest.mark.parametrize("change", [queue, store.mark_handled, store.mark_ignored])
def test_a_guid_that_did_not_fail_is_not_run_again(inbox: Served, change: Callable[..., int]) -> None:
    inbox.deliver(x_github_delivery=GUID)
    inbox.change(change, GUID)
    before = inbox.stored()[0].status
    assert inbox.deliver(x_github_delivery=GUID).status_code == 200
    assert inbox.stored()[0].status == before


def test_a_guid_whose_delivery_is_dead_runs_again_as_another_replay(inbox: Served) -> None:
    inbox.deliver(x_github_delivery=GUID)
    inbox.change(store.mark_dead, GUID, "no")
    announced: list[bool] = []
    inbox.inbox.on_stored(lambda: announced.append(True))
    assert inbox.deliver(x_github_delivery=GUID).status_code == 202
    (row,) = inbox.stored()
    assert (row.status, row.error, row.handled_at, row.replays) == ("received", None, None, 1)
    assert announced == [True]


def test_copies_of_one_delivery_arriving_together_are_stored_once_and_acknowledged_as_new_once(
    inbox: Served,
) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: inbox.deliver(x_github_delivery=GUID).status_code, range(48)))
    assert sorted(answers) == [200] * 47 + [202]
    assert len(inbox.stored()) == 1


def test_new_deliveries_and_old_ones_of_one_group_are_told_apart(inbox: Served) -> None:
    guids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(64)]
    for guid in guids[::2]:
        inbox.deliver(x_github_delivery=guid)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda guid: inbox.deliver(x_github_delivery=guid).status_code, guids))
    assert answers == [200, 202] * 32


# Groups, overload, failure and the end


def wait_until(true: Callable[[], bool]) -> None:
    while not true():
        threading.Event().wait(0.005)


@contextlib.contextmanager
def the_database_held_up(database: Engine) -> Iterator[None]:
    """Let no delivery be committed for as long as this lasts."""
    with database.connect() as connection:
        lock = "BEGIN IMMEDIATE" if database.dialect.name == "sqlite" else "LOCK TABLE delivery IN SHARE MODE"
        connection.execute(text(lock))
        yield
        connection.rollback()


def test_deliveries_that_wait_for_the_database_share_a_commit(inbox: Served) -> None:
    with ThreadPoolExecutor(40) as pool:
        with the_database_held_up(inbox.database):
            knocking = [pool.submit(inbox.deliver) for _ in range(40)]
            wait_until(lambda: inbox.inbox.waiting == 40)
            assert not any(one.done() for one in knocking)
        assert {one.result().status_code for one in knocking} == {202}
    assert inbox.inbox.commits <= 3
    assert len(inbox.stored()) == 40


def test_more_deliveries_than_may_wait_are_answered_503_with_retry_after(database: Engine) -> None:
    with served(database, waiting_limit=2) as inbox, ThreadPoolExecutor(2) as pool:
        with the_database_held_up(database):
            knocking = [pool.submit(inbox.deliver) for _ in range(2)]
            wait_until(lambda: inbox.inbox.waiting == 2)
            answer = inbox.deliver()
        refused(answer, 503, "too many deliveries are waiting")
        assert int(answer.headers["retry-after"]) > 0
        assert {one.result().status_code for one in knocking} == {202}
        assert inbox.deliver().status_code == 202


def test_more_bytes_than_may_be_held_are_answered_503_and_let_go_of_afterwards(database: Engine) -> None:
    with served(database, held_limit=100) as inbox:
        refused(inbox.deliver(b'{"x":"' + b"y" * 100 + b'"}'), 503, "too many bodies")
        assert [inbox.deliver(b"{" + b" " * 90 + b"}").status_code for _ in range(3)] == [202] * 3


def test_a_failing_database_is_answered_503_and_a_mended_one_works_again(inbox: Served) -> None:
    with inbox.database.begin() as connection:
        connection.execute(text("ALTER TABLE delivery RENAME TO hidden"))
    answer = inbox.deliver()
    refused(answer, 503, "the database failed")
    assert "retry-after" in answer.headers
    with inbox.database.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO delivery"))
    assert inbox.deliver().status_code == 202


def test_a_lost_connection_to_the_database_is_renewed_without_the_sender_noticing(postgres_url: str) -> None:
    database = open_database(postgres_url)
    create_tables(database)
    with served(database) as inbox:
        assert inbox.deliver().status_code == 202
        with database.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        assert inbox.deliver().status_code == 202
        assert len(inbox.stored()) == 2
    database.dispose()


@pytest.mark.parametrize("in_front", [False, True])
def test_the_inbox_stands_in_front_of_an_application_or_inside_it(database: Engine, in_front: bool) -> None:
    with served(database, in_front=in_front) as inbox:
        assert inbox.deliver().status_code == 202
        assert inbox.client.get("/webhook").status_code == 405
        assert inbox.client.get("/elsewhere").status_code == 404


# The pure parts


@given(st.binary(max_size=200), st.binary(max_size=200), st.text(min_size=1))
def test_a_signature_holds_for_its_own_body_and_no_other(body: bytes, other: bytes, secret: str) -> None:
    signature = sign(body, secret).encode()
    assert is_signed(body, signature, [b"another", secret.encode()])
    assert is_signed(other, signature, [secret.encode()]) == (other == body)


@given(st.dictionaries(st.sampled_from(sorted(k.encode() for k in headers_for(b""))), st.binary(max_size=80)))
def test_any_headers_are_read_or_refused(headers: dict[bytes, bytes]) -> None:
    with contextlib.suppress(DeliveryRefusedError):
        assert read_envelope(headers).guid


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["action", "issue", "pull_request", "repository", "installation", "number", "id", "full_name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_yields_a_subject_that_both_databases_can_hold_or_is_refused(payload: object) -> None:
    with contextlib.suppress(DeliveryRefusedError):
        subject = read_subject(json.dumps(payload).encode())
        assert "\0" not in str(subject)
        assert subject.installation_id is None or 0 < subject.installation_id < 2**63


PARTS = st.one_of(JSON, st.integers(), st.sampled_from(["opened", "octo/hello", "a b", ""]))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "action": PARTS,
            "installation": st.one_of(PARTS, st.fixed_dictionaries({"id": PARTS})),
            "repository": st.one_of(PARTS, st.fixed_dictionaries({"full_name": PARTS})),
            "issue": st.one_of(PARTS, st.fixed_dictionaries({"number": PARTS})),
            "pull_request": st.one_of(PARTS, st.fixed_dictionaries({"number": PARTS})),
        },
    )
)
def test_a_glance_at_a_payload_sees_what_reading_all_of_it_sees(payload: object) -> None:
    body = json.dumps(payload).encode()
    assert read_subject(body) == _read_subject_slowly(body)


@given(st.integers(1, 10**9), st.sampled_from(["issue", "pull_request"]))
def test_the_thread_of_a_delivery_is_the_thread_of_its_event(number: int, kind: str) -> None:
    body = json.dumps(
        {
            "repository": {"full_name": "octo/hello.ai", "name": "hello.ai", "owner": {"login": "octo"}},
            kind: {
                "number": number,
                "head": {"ref": "a", "sha": "1" * 40},
                "base": {"ref": "b", "sha": "2" * 40},
            },
        }
    ).encode()
    assert read_subject(body).thread == str(read_event("any", GUID, body).thread)


def test_deliveries_of_a_thread_share_a_line_whatever_the_repository_is_called() -> None:
    def line(**about: object) -> str | None:
        return read_subject(json.dumps(about).encode()).line

    before, after = ({"id": 11, "full_name": name} for name in ("octo/old", "octo/new"))
    assert (
        line(repository=before, issue={"number": 7}) == line(repository=after, issue={"number": 7}) == "11#7"
    )
    assert line(repository=before) == "11"
    assert line(repository={"full_name": "octo/old"}, issue={"number": 7}) == "octo/old#7"
    assert line() is None


def test_a_payload_about_nothing_has_an_empty_subject() -> None:
    assert read_subject(b"{}") == Subject()
