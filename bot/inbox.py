"""Take webhook deliveries in: verify, store, and acknowledge what is on disk."""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import msgspec
import orjson
from sqlalchemy import Engine
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.deadlines import Deadline
from bot.group_commit import Arrival, GroupCommit, StoreUnavailableError
from bot.store import pack

BODY_LIMIT = 25 * 1024 * 1024
"""Bytes; GitHub sends no webhook with a larger payload (docs: webhook events and payloads)."""

BODY_TIMEOUT = 10.0
"""Seconds a body may take; GitHub gives up after 10 (docs: best practices for webhooks)."""

RETRY_AFTER = 10
"""Seconds a sender is asked to wait when the inbox is full or the database fails."""

WAITING_LIMIT = 1_000
"""Deliveries that may wait for their commit at once; the next one is answered 503."""

HELD_LIMIT = 256 * 1024 * 1024
"""Bytes of bodies held in memory at once, arriving or waiting; a body that goes over is answered 503."""

PATH = "/webhook"

_JSON = b"application/json"

_TOO_LARGE = f"the body is larger than {BODY_LIMIT} bytes"

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")
_WORD = re.compile(r"[a-z0-9_]{1,64}")
_SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")
_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)


class DeliveryRefusedError(Exception):
    """The sender is told why, with a 4xx status, and nothing is stored."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Envelope(NamedTuple):
    """What the headers of a delivery say."""

    guid: str
    event: str
    signature: bytes
    headers: dict[str, str]
    """The ``X-GitHub-*`` ones, names in lower case."""


class Subject(NamedTuple):
    """What a payload is about, as far as finding and listing deliveries needs it."""

    action: str | None = None
    installation_id: int | None = None
    repository: str | None = None
    thread: str | None = None
    line: str | None = None


def read_envelope(headers: Iterable[tuple[bytes, bytes]]) -> Envelope:
    """Read a delivery's headers, names in lower case (GitHub docs: webhook events, delivery headers).

    Raises:
        DeliveryRefusedError: a header is missing or malformed.
    """
    about: dict[str, str] = {}
    others: dict[bytes, bytes] = {}
    for name, value in headers:
        if name.startswith(b"x-github-"):
            about[name.decode("latin-1")] = value.decode("latin-1")
        else:
            others[name] = value
    length = others.get(b"content-length", b"")
    if length.isdigit() and int(length) > BODY_LIMIT:
        raise DeliveryRefusedError(413, _TOO_LARGE)

    signature = others.get(b"x-hub-signature-256")
    if signature is None:
        if b"x-hub-signature" in others:
            raise DeliveryRefusedError(
                401, "only an SHA-1 signature was sent: X-Hub-Signature-256 is required"
            )
        raise DeliveryRefusedError(401, "X-Hub-Signature-256 is missing: set a secret on the webhook")
    if not _SIGNATURE.fullmatch(signature):
        raise DeliveryRefusedError(401, "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits")

    kind = others.get(b"content-type", b"")
    if kind != _JSON and kind.partition(b";")[0].strip().lower() != _JSON:
        raise DeliveryRefusedError(415, "the content type must be application/json: set it on the webhook")

    guid = about.get("x-github-delivery", "").lower()
    if not _GUID.fullmatch(guid):
        raise DeliveryRefusedError(400, "X-GitHub-Delivery must be a GUID")
    event = about.get("x-github-event", "")
    if not _EVENT.fullmatch(event):
        raise DeliveryRefusedError(400, "X-GitHub-Event must be the name of an event")
    return Envelope(guid, event, signature, about)


def is_signed(body: bytes, signature: bytes, secrets: Sequence[bytes]) -> bool:
    """Tell whether one of the secrets signed the body, comparing in constant time."""
    return any(
        hmac.compare_digest(b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode(), signature)
        for secret in secrets
    )


class _Numbered(msgspec.Struct):
    number: int | None = None


class _Named(msgspec.Struct):
    id: int | None = None
    full_name: str | None = None


class _Identified(msgspec.Struct):
    id: int | None = None


class _Glance(msgspec.Struct):
    """The fields a subject is made of, as GitHub documents them."""

    action: str | None = None
    installation: _Identified | None = None
    repository: _Named | None = None
    issue: _Numbered | None = None
    pull_request: _Numbered | None = None


_glance = msgspec.json.Decoder(_Glance)


def read_subject(body: bytes) -> Subject:
    """Say what a payload is about; a field of an unexpected type counts as missing.

    Raises:
        DeliveryRefusedError: the body is not a JSON object.
    """
    try:
        if not body.isascii():
            body.decode()
        # Passes over the fields nobody asks for without building them: less than half the time.
        glance = _glance.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_subject_slowly(body)
    numbers = [_number(one.number) for one in (glance.pull_request, glance.issue) if one]
    return _subject(
        glance.action,
        _number(glance.installation.id) if glance.installation else None,
        glance.repository.full_name if glance.repository else None,
        _number(glance.repository.id) if glance.repository else None,
        next(filter(None, numbers), None),
    )


def _read_subject_slowly(body: bytes) -> Subject:
    """Read a payload that is not as GitHub documents it, or say what is wrong with it."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DeliveryRefusedError(400, f"the body is not valid JSON: {error}") from None
    if not isinstance(payload, dict):
        raise DeliveryRefusedError(400, "the body must be a JSON object")
    action, repository = payload.get("action"), _field(payload, "repository", "full_name")
    return _subject(
        action if isinstance(action, str) else None,
        _number(_field(payload, "installation", "id")),
        repository if isinstance(repository, str) else None,
        _number(_field(payload, "repository", "id")),
        _number(_field(payload, "pull_request", "number")) or _number(_field(payload, "issue", "number")),
    )


def _subject(
    action: str | None,
    installation: int | None,
    repository: str | None,
    repository_id: int | None,
    number: int | None,
) -> Subject:
    if repository and not _REPOSITORY.fullmatch(repository):
        repository = None
    home = f"{repository_id}" if repository and repository_id else repository
    return Subject(
        action=action if action and _WORD.fullmatch(action) else None,
        installation_id=installation,
        repository=repository or None,
        thread=f"{repository}#{number}" if repository and number else None,
        line=f"{home}#{number}" if home and number else home or None,
    )


def _field(payload: dict[str, Any], holder: str, name: str) -> object:
    inner = payload.get(holder)
    return inner.get(name) if isinstance(inner, dict) else None


def _number(value: object) -> int | None:
    # A database's integer ends at 2**63; True is an int to Python.
    return value if type(value) is int and 0 < value < 2**63 else None


@dataclass(slots=True)
class _Arriving:
    """A body as far as it has come."""

    chunks: list[bytes] = field(default_factory=list)
    size: int = 0


class Inbox:
    """The ASGI application that answers ``POST /webhook``.

    Use it as an async context manager around the time the service runs; leaving it commits what waits.
    Nothing but verifying and storing happens inside a request, and the answer waits for the commit.

    Answers: 202 stored, 200 seen before, 4xx refused with the reason, 503 with ``Retry-After`` when too
    much waits or the database fails (GitHub does not send a delivery again by itself).
    """

    def __init__(
        self,
        database: Engine,
        secrets: Sequence[str],
        *,
        waiting_limit: int = WAITING_LIMIT,
        held_limit: int = HELD_LIMIT,
        body_timeout: float = BODY_TIMEOUT,
    ) -> None:
        """Take deliveries signed with any of ``secrets``, so that they can be rotated.

        ``waiting_limit`` and ``held_limit`` bound the memory a flood can take.

        Raises:
            ValueError: there is no secret, or one is empty.
        """
        if not secrets or not all(secrets):
            raise ValueError("the inbox needs at least one webhook secret, and none may be empty")
        self._secrets = [secret.encode() for secret in secrets]
        self._group_commit = GroupCommit(database, waiting_limit)
        self._held_limit = held_limit
        self._held = 0
        self._deadline = Deadline(body_timeout)

    @property
    def commits(self) -> int:
        """Count the commits since the start; each stored one delivery or many."""
        return self._group_commit.commits

    @property
    def waiting(self) -> int:
        """Count the deliveries that wait for their commit now."""
        return self._group_commit.waiting

    def on_stored(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each commit that brought something to do; it must return at once."""
        self._group_commit.on_commit(listener)

    def routes(self) -> list[BaseRoute]:
        """Give the route to mount."""
        return [Route(PATH, self)]

    def in_front_of(self, app: ASGIApp) -> ASGIApp:
        """Answer deliveries ahead of an application, and pass it everything else.

        It spares each delivery the application's own layers, a tenth of its cost.
        """

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            is_ours = scope["type"] == "http" and scope["path"] == PATH
            await (self if is_ours else app)(scope, receive, send)

        return answer

    async def __aenter__(self) -> Self:
        """Start committing."""
        await self._group_commit.__aenter__()
        self._watch = asyncio.create_task(self._deadline.watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Commit what waits, then stop."""
        self._watch.cancel()
        await self._group_commit.__aexit__()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        try:
            if scope["method"] != "POST":
                raise DeliveryRefusedError(405, "deliveries are sent with POST")
            answer = _STORED if await self._take(scope["headers"], receive) else _SEEN_BEFORE
        except DeliveryRefusedError as refusal:
            answer = _answer(refusal.status, refusal.message)
        except StoreUnavailableError as error:
            answer = _answer(503, f"not stored: {error}")
        for message in answer:
            await send(message)

    async def _take(self, headers: Iterable[tuple[bytes, bytes]], receive: Receive) -> bool:
        """Verify a delivery and store it; tell whether it is to be worked on."""
        envelope = read_envelope(headers)
        arriving = _Arriving()
        try:
            with self._deadline.kept():
                while self._add(await receive(), arriving):
                    pass
            body = b"".join(arriving.chunks)
            if not is_signed(body, envelope.signature, self._secrets):
                raise DeliveryRefusedError(
                    401, "X-Hub-Signature-256 does not match the body and the webhook's secret"
                )
            return await self._group_commit.store(
                Arrival(
                    envelope.guid,
                    envelope.event,
                    *read_subject(body),
                    headers=orjson.dumps(envelope.headers).decode(),
                    body=pack(body),
                    received_at=time.time(),
                )
            )
        except TimeoutError:
            limit = f"{self._deadline.seconds:.0f} seconds"
            raise DeliveryRefusedError(408, f"the body took longer than {limit}") from None
        finally:
            self._held -= arriving.size

    def _add(self, message: Message, arriving: _Arriving) -> bool:
        """Take the next part of a body, within the limits; tell whether there is more."""
        if message["type"] == "http.disconnect":
            raise DeliveryRefusedError(400, "the connection closed before the body was complete")
        chunk: bytes = message.get("body", b"")
        arriving.size += len(chunk)
        self._held += len(chunk)
        if arriving.size > BODY_LIMIT:
            raise DeliveryRefusedError(413, _TOO_LARGE)
        if self._held > self._held_limit:
            raise StoreUnavailableError("too many bodies are in memory")
        arriving.chunks.append(chunk)
        more: bool = message.get("more_body", False)
        return more


def _answer(status: int, message: str) -> tuple[Message, Message]:
    body = orjson.dumps({"message": message})
    headers = [(b"content-type", _JSON), (b"content-length", b"%d" % len(body))]
    if status == 503:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER))
    if status == 405:
        headers.append((b"allow", b"POST"))
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


_STORED = _answer(202, "stored")
_SEEN_BEFORE = _answer(200, "seen before")
