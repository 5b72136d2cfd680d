"""The ways in which a request to the Hub fails, and what else may happen while it is under way."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import Any, NoReturn

import httpx2

from tests.faults.watching import Deed, Send

PATIENCE = 0.5
"""Seconds after which the client gives up on an answer, when answers are late."""

ORDERED: Mapping[str, Mapping[str, Any]] = {
    "429 with RateLimit": {
        "kind": "status",
        "status": 429,
        "headers": {"RateLimit": '"api";r=0;t=1'},
        "times": 1,
    },
    "429 with Retry-After": {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": 1},
    "429 alone": {"kind": "status", "status": 429, "headers": {}, "times": 1},
    "500": {"kind": "status", "status": 500, "times": 1},
    "500 after the deed": {"kind": "status", "status": 500, "times": 1, "after_response": True},
    "503 from then on": {"kind": "status", "status": 503},
    "cut": {"kind": "cut", "times": 1},
    "cut after the deed": {"kind": "cut", "times": 1, "after_response": True},
    "cut within the answer": {"kind": "cut", "times": 1, "after_bytes": 5},
    "cut from then on": {"kind": "cut"},
}
"""What the sandbox Hub is told to do with a request; without ``times`` it happens to all that follow too."""

LATE = "arrives late"
"""The client has given up on a request, and tries again, before the Hub carries the first one out."""
LATE_ORDER: Mapping[str, Any] = {"kind": "delay", "seconds": 2 * PATIENCE, "times": 1}

SAME, OTHER = "the same released meanwhile", "others released meanwhile"
"""While a request is under way, another release of the version comes to its end, of these files or others."""

KILLED, KILLED_AFTER = "SIGKILL before it is sent", "SIGKILL after the deed"


def _unanswered(request: httpx2.Request, send: Send) -> NoReturn:
    raise httpx2.ReadTimeout("no answer in time", request=request)


def _unanswered_after(request: httpx2.Request, send: Send) -> NoReturn:
    send(request).read()
    raise httpx2.ReadTimeout("no answer in time", request=request)


def _revoked(request: httpx2.Request, send: Send) -> httpx2.Response:
    """Ask with a token that the Hub does not know, where one is given at all."""
    if "authorization" in request.headers:
        request.headers["authorization"] = "Bearer hf_revoked"
    return send(request)


REVOKED = "token revoked"
"""From this request on."""
DONE_HERE: Mapping[str, Deed] = {
    "timeout": _unanswered,
    "timeout after the deed": _unanswered_after,
    REVOKED: _revoked,
}


def kill(request: httpx2.Request, send: Send) -> NoReturn:
    """End this process before the request leaves it."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives SIGKILL")


def kill_after(request: httpx2.Request, send: Send) -> NoReturn:
    """End this process once the Hub has carried the request out."""
    send(request).read()
    kill(request, send)


KILLS: Mapping[str, Deed] = {KILLED: kill, KILLED_AFTER: kill_after}

HERE = (*ORDERED, *DONE_HERE, LATE)
"""The failures of one request that a run in this process lives through."""

OF_WRITES = frozenset({LATE, KILLED_AFTER, *(kind for kind in HERE if kind.endswith("after the deed"))})
"""What makes a difference only to a request that changes something."""
