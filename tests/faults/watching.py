"""Stand between the Hub's client and the wire: number its requests, and do something at one of them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from huggingface_hub.utils import _http

Send = Callable[[httpx2.Request], httpx2.Response]
Deed = Callable[[httpx2.Request, Send], httpx2.Response]
"""What is done in place of a request; given it, and how to send it."""

_IN_PATHS = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"acme/digits-moved-giveback-[0-9a-f]{12}"), "STAGING"),
    (re.compile(r"acme/digits-moved"), "MODEL"),
    (re.compile(r"acme/digits-base"), "BASE"),
    (re.compile(r"acme/digits"), "DATASET"),
    (re.compile(r"(/resolve/[^/]+)/.*"), r"\1/FILE"),
    (re.compile(r"\?.*"), ""),
)
WRITES = frozenset({"POST", "PUT", "DELETE"})
OF_THE_CLIENT = "/api/agent-harnesses"
"""What the Hub's client asks once in a process, of itself and whatever it is used for."""


@dataclass(frozen=True)
class Seen:
    """One request, with what names other things in every run left out of its path."""

    method: str
    path: str

    def __str__(self) -> str:
        """Name it in one line."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Tell whether it may change something."""
        return self.method in WRITES


@dataclass
class Watch:
    """Numbers requests from 0, and does the ``deed`` at the request ``at``, or ``onwards`` from it."""

    at: int | None = None
    deed: Deed | None = None
    onwards: bool = False
    seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_on(self, request: httpx2.Request, send: Send) -> httpx2.Response:
        """Send a request, unless it is the one."""
        if request.url.path == OF_THE_CLIENT:
            return send(request)
        with self._lock:
            number = len(self.seen)
            self.seen.append(Seen(request.method, _named(request.url.path)))
        strikes = self.at is not None and (number == self.at or (self.onwards and number > self.at))
        return self.deed(request, send) if strikes and self.deed else send(request)


class _Watched(httpx2.BaseTransport):
    def __init__(self, inner: httpx2.BaseTransport, watch: Watch) -> None:
        self._inner, self._watch = inner, watch

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._watch.pass_on(request, self._inner.handle_request)

    def close(self) -> None:
        self._inner.close()


@contextmanager
def watching(watch: Watch, seconds: float | None = None) -> Iterator[Watch]:
    """Have the Hub's client ask through the watch; it gives up on an answer after ``seconds``."""

    def client() -> httpx2.Client:
        made = _http.default_client_factory()
        made.timeout = httpx2.Timeout(seconds)
        made._transport = _Watched(made._transport, watch)
        return made

    _http.set_client_factory(client)
    try:
        yield watch
    finally:
        _http.set_client_factory(_http.default_client_factory)


def _named(path: str) -> str:
    for pattern, name in _IN_PATHS:
        path = pattern.sub(name, path)
    return path
