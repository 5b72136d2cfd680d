"""State on disk: it survives a restart, and a kill at any moment."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.sandbox.hub import create_app
from bot.sandbox.serving import run_in_thread
from tests.sandbox.hub.conftest import people

SERVE = """
import sys
from pathlib import Path
from bot.sandbox.hub import create_app
from bot.sandbox.serving import run_in_thread
running = run_in_thread(create_app(Path(sys.argv[1])))
print(running.url, flush=True)
sys.stdin.read()
"""


@contextmanager
def killable(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()


def commit(http: httpx.Client, number: int) -> httpx.Response:
    lines = [
        {"key": "header", "value": {"summary": f"Commit {number}"}},
        {"key": "file", "value": {"path": f"dir{number % 7}/file{number}.txt", "content": str(number)}},
    ]
    return http.post("/api/models/acme/kept/commit/main", content="\n".join(map(json.dumps, lines)))


def setup(url: str) -> str:
    token = people(url, {"name": "ann", "orgs": {"acme": "admin"}})
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:
        http.post("/api/repos/create", json={"name": "kept", "organization": "acme"}).raise_for_status()
    return token


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    def look(http: httpx.Client) -> list[object]:
        paths = (
            "",
            "/refs?include_prs=1",
            "/commits/main",
            "/tree/main?recursive=1",
            "/discussions",
            "/discussions/1",
        )
        answers = [http.get(f"/api/models/acme/kept{path}") for path in paths]
        answers += [
            http.get("/api/whoami-v2"),
            http.get("/api/collections"),
            http.get("/api/models/acme/was"),
        ]
        return [(answer.status_code, answer.json()) for answer in answers]

    with run_in_thread(create_app(tmp_path)) as running:
        token = setup(running.url)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=running.url, headers=headers, follow_redirects=True) as http:
            http.post("/api/repos/create", json={"name": "was", "organization": "acme"})
            http.post("/api/repos/move", json={"fromRepo": "acme/was", "toRepo": "acme/is", "type": "model"})
            commit(http, 1).raise_for_status()
            http.post("/api/models/acme/kept/tag/main", json={"tag": "v1", "message": "m"}).raise_for_status()
            http.post("/api/models/acme/kept/discussions", json={"title": "Why?", "description": "d"})
            http.put("/api/models/acme/kept/settings", json={"visibility": "private", "gated": "manual"})
            slug = http.post("/api/collections", json={"title": "T", "namespace": "acme"}).json()["slug"]
            http.post(f"/api/collections/{slug}/items", json={"item": {"id": "acme/kept", "type": "model"}})
            before = look(http)
        port = running.port
    with (
        run_in_thread(create_app(tmp_path), port=port) as running,
        httpx.Client(base_url=running.url, headers=headers, follow_redirects=True) as http,
    ):
        assert look(http) == before


@pytest.mark.parametrize("round_", range(3))
def test_a_kill_under_load_loses_no_answered_commit_and_leaves_a_sound_repository(
    tmp_path: Path, round_: int
) -> None:
    answered: list[str] = []
    with killable(tmp_path) as (process, url):
        token = setup(url)
        headers = {"Authorization": f"Bearer {token}"}

        def load() -> None:
            with httpx.Client(base_url=url, headers=headers) as http:
                for number in range(10_000):
                    try:
                        answered.append(commit(http, number).json()["commitOid"])
                    except httpx.TransportError:
                        return
                    if len(answered) == 20 + 13 * round_:
                        enough.set()

        enough = threading.Event()
        thread = threading.Thread(target=load)
        thread.start()
        assert enough.wait(30)
        os.kill(process.pid, signal.SIGKILL)
        thread.join()
    git = tmp_path / "repos/models/acme/kept/git"
    subprocess.run(["git", "-C", str(git), "fsck", "--strict"], check=True, capture_output=True)
    with (
        run_in_thread(create_app(tmp_path)) as running,
        httpx.Client(base_url=running.url, headers=headers) as http,
    ):
        history = [made["id"] for made in http.get("/api/models/acme/kept/commits/main?limit=1000").json()]
        assert set(answered) <= set(history)
        commit(http, 99_999).raise_for_status()


def test_what_a_killed_upload_left_is_cleared_away(tmp_path: Path) -> None:
    with run_in_thread(create_app(tmp_path)) as running:
        setup(running.url)
    leftover = tmp_path / "repos/models/acme/kept/lfs/incoming/half"
    leftover.write_bytes(b"x")
    create_app(tmp_path)
    assert not leftover.exists()
