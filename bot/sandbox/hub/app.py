"""Put the Hub together: its state on disk, its routes, and the faults that can be ordered."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.faults import Faults
from bot.sandbox.hub import (
    pages,
    routes_collections,
    routes_commit,
    routes_discussions,
    routes_download,
    routes_history,
    routes_lfs,
    routes_refs,
    routes_repos,
    routes_sandbox,
    routes_tree,
)
from bot.sandbox.hub.accounts import Accounts
from bot.sandbox.hub.calls import Call, Hub, Routes, answering
from bot.sandbox.hub.collections import Collections
from bot.sandbox.hub.errors import HubError
from bot.sandbox.hub.gitstore import write_atomically
from bot.sandbox.hub.identities import Issuer
from bot.sandbox.hub.repository import Shelf
from bot.sandbox.hub.requestlog import RequestLog
from bot.sandbox.hub.signing import Signer

LFS_THRESHOLD = 10_000_000
"""Bytes above which the Hub takes a file only as a large one."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(
    state: Path,
    *,
    lfs_threshold: int = LFS_THRESHOLD,
    multipart_chunk: int | None = None,
    public_url: str | None = None,
) -> ASGIApp:
    """Serve the Hub whose state is in ``state``, which is created when missing and taken up again when not.

    Files above ``lfs_threshold`` bytes go to large-file storage; with ``multipart_chunk`` those above that
    many bytes are uploaded in parts of that size. ``public_url`` is the address written into links; without
    it the address each request was sent to is used.
    """
    state.mkdir(parents=True, exist_ok=True)
    hub = Hub(
        accounts=Accounts.load(state / "accounts.json"),
        shelf=Shelf(state / "repos"),
        collections=Collections.load(state / "collections.json"),
        signer=Signer(_key(state / "signing.key")),
        issuer=Issuer.of(_key(state / "signing.key")),
        lfs_threshold=lfs_threshold,
        multipart_chunk=multipart_chunk,
        public_url=public_url.rstrip("/") if public_url else None,
    )
    routes = [Route(path, answering(hub, handler), methods=[method]) for method, path, handler in _routes()]
    return Faults(_quoted(RequestLog(Starlette(routes=routes), hub.log)))


def _routes() -> Routes:
    return [
        *routes_sandbox.ROUTES,
        *routes_collections.ROUTES,
        *routes_commit.ROUTES,
        *routes_discussions.ROUTES,
        *routes_tree.ROUTES,
        *routes_refs.ROUTES,
        *routes_repos.ROUTES,
        *routes_history.ROUTES,
        *routes_lfs.ROUTES,
        *routes_download.ROUTES,
        *pages.ROUTES,
        *[(method, "/{rest:path}", _unknown) for method in _METHODS],
    ]


async def _unknown(call: Call) -> Response:
    raise HubError(404, "Not found")


def _key(file: Path) -> bytes:
    if not file.exists():
        write_atomically(file, secrets.token_bytes(32))
    return file.read_bytes()


def _quoted(app: ASGIApp) -> ASGIApp:
    """Route by the path as it was sent, where ``refs%2Fpr%2F1`` is one part; handlers unquote each once."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["raw_path"].decode("latin-1")}
        await app(scope, receive, send)

    return route
