"""The store behind the API: what releases and runs keep, at signed addresses of another host."""

from __future__ import annotations

import hashlib
import hmac
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.sandbox.github.calls import in_thread
from bot.sandbox.github.house import House

ADDRESS_SECONDS = 300
_NAMES_HERE = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
"""A sandbox has one address, so its store is at the other name of this machine where there is one."""


def signed_address(house: House, base: str, path: Path) -> str:
    """Say where a file of the state can be had for a few minutes, by whoever has the address."""
    name, ends = path.relative_to(house.state).as_posix(), int(time.time()) + ADDRESS_SECONDS
    parts = urlsplit(base)
    host = _NAMES_HERE.get(parts.hostname or "", parts.hostname or "")
    server = f"{host}:{parts.port}" if parts.port else host
    query = f"expires={ends}&signature={_signature(house, name, ends)}"
    return urlunsplit((parts.scheme, server, f"/_storage/{name}", query, ""))


async def download(request: Request) -> Response:
    """Answer a file's bytes, also in ranges; a login is refused, as by the stores that GitHub uses."""
    house: House = request.app.state.house
    name, ends = request.path_params["name"], request.query_params.get("expires", "")
    if request.url.hostname in _NAMES_HERE and "authorization" in request.headers:
        return Response("Only one auth mechanism allowed.", 400)
    given = request.query_params.get("signature", "").encode()
    if not ends.isdecimal() or not hmac.compare_digest(_signature(house, name, int(ends)).encode(), given):
        return Response("The signature does not match.", 403)
    if int(ends) < time.time():
        return Response("The address has expired.", 403)
    path = house.state / name
    if not await in_thread(path.is_file):
        return Response("There is no such file.", 404)
    return FileResponse(path, media_type="application/octet-stream")


def _signature(house: House, name: str, ends: int) -> str:
    return hmac.new(house.signing_key, f"stored {name} {ends}".encode(), hashlib.sha256).hexdigest()


ROUTES = [Route("/_storage/{name:path}", download)]
