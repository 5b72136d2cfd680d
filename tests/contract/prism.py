"""Put Prism, which holds every request and answer to GitHub's own API description, in front of an API."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.demo.stage import free_port
from bot.sandbox.serving import run_in_thread

MODULES = Path(__file__).parent / "node_modules"
DESCRIPTION = MODULES / "@octokit" / "openapi" / "generated" / "api.github.com.json"
START_SECONDS = 120.0
SEGMENTS = 6
"""Segments of the longest path or ref that is described."""
GRAPHQL = "/graphql"
WITH_SLASHES = ("/contents/{path}", "/git/ref/{ref}", "/git/refs/{ref}", "/git/matching-refs/{ref}")


class Prism:
    """A running proxy and what it wrote."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def violations(self) -> list[str]:
        """List the requests and answers that break the description."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [line for line in lines if "Violation:" in line or "Request terminated" in line]

    @property
    def requests(self) -> int:
        """Count the requests that went through."""
        return self._log.read_text(errors="replace").count("Request received")


def description_for_prism(target: Path) -> Path:
    """Write GitHub's description so that Prism knows conditional requests, and paths with slashes in them.

    OpenAPI lets a path parameter hold no slash; GitHub takes ``contents/docs/a.md`` and
    ``git/refs/heads/main`` all the same. Each such path stands once more for every number of segments.
    """
    described = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    paths = described["paths"]
    for operations in paths.values():
        if "get" in operations:
            # "Best practices for using the REST API": most GETs answer 304; few of them are described so.
            operations["get"]["responses"].setdefault("304", {"description": "Not modified"})
    for path in [path for path in paths if path.endswith(WITH_SLASHES)]:
        name = path.rsplit("{", 1)[1].rstrip("}")
        for extra in range(1, SEGMENTS):
            names = [f"{name}_{number}" for number in range(extra)]
            more = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
            longer = path + "".join(f"/{{{n}}}" for n in names)
            paths[longer] = {
                method: {
                    **operation,
                    "operationId": f"{operation['operationId']}-{extra}",
                    "parameters": [*operation.get("parameters", []), *more],
                }
                for method, operation in paths[path].items()
            }
    target.write_text(json.dumps(described), encoding="utf-8")
    return target


@contextmanager
def prism_in_front_of(upstream: str, log: Path) -> Iterator[Prism]:
    """Run Prism so that it answers every violation with an error instead of passing it on."""
    if not DESCRIPTION.exists():
        raise FileNotFoundError("tests/contract/node_modules is missing: `make test` installs it")
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert node, "node is missing: `make test` installs it"
    described = description_for_prism(log.with_name("github.json"))
    port = free_port()
    command = [node, str(MODULES / ".bin" / "prism"), "proxy", str(described), upstream]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--errors", "--port", str(port), "--host", "127.0.0.1"],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(url, process, log)
        with run_in_thread(_carrying_files(url, upstream)) as front:
            yield Prism(front.url, log)
    finally:
        # The node of the wheel starts the real one as its child, so the whole group has to end.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"Prism ended:\n{log.read_text(errors='replace')[-2000:]}"
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/meta", timeout=30)
            return
        time.sleep(0.3)
    raise TimeoutError(f"Prism did not answer within {START_SECONDS:.0f} s")


def _carrying_files(prism: str, upstream: str) -> Starlette:
    """Pass everything through Prism but the bytes of files: it reads bodies as JSON or text, and breaks them.

    The same file is asked for through Prism as JSON, the other form that is described, so its request and
    its answer are held to the description too. GraphQL is not in the description at all; its queries and
    answers are held to a schema of their own elsewhere.
    """

    async def answer(request: Request) -> Response:
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        is_file = headers.get("accept") == "application/vnd.github.raw+json"
        asked = {**headers, "accept": "application/vnd.github+json"} if is_file else headers
        async with httpx.AsyncClient(timeout=60) as http:
            body = await request.body()
            target = f"{upstream}{address}" if address == GRAPHQL else f"{prism}{address}"
            given = await http.request(request.method, target, headers=asked, content=body)
            if is_file and given.status_code == 200:
                given = await http.get(f"{upstream}{address}", headers=headers)
        left_out = {"content-length", "content-encoding", "transfer-encoding", "connection"}
        named = {name: value for name, value in given.headers.items() if name not in left_out}
        return Response(given.content, given.status_code, named)

    return Starlette(
        routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]
    )
