"""What is refused, and with which words."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from bot.inbox import (
    BODY_LIMIT,
)
from bot.store import open_database
from tests.inbox.conftest import GUID, Served, refused, served
from tests.tables import create_tables
from tests.webhooks import headers_for, issue_opened, sign


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An inbox for deliveries that are refused, so that all of them may share it."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('inbox') / 'giveback.db'}")
    create_tables(database)
    with served(database) as running:
        yield running
        assert running.stored() == []
    database.dispose()


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
