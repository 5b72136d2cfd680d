from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bot.sandbox.demo.stage import free_port
from bot.settings import Settings
from tests.fixtures.keys import private_key
from tests.scene import GitHub

PATIENCE = 60.0


@contextmanager
def serve(folder: Path, **given: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``giveback serve`` as a process of its own, and the address it listens on."""
    port = free_port()
    ours = {*Settings.variables().values(), "GIVEBACK_SECRETS", "CREDENTIALS_DIRECTORY"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {
        "GIVEBACK_STATE": str(folder / "state"),
        "GIVEBACK_PORT": str(port),
        "COLUMNS": "200",
        **given,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def until_it_answers(address: str) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx.get(address)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_without_an_app_it_serves_the_setup_and_tells_the_console_the_key(tmp_path: Path) -> None:
    with serve(tmp_path) as (process, address):
        assert "No App is set up yet" in until_it_answers(address).text
        assert process.stderr is not None
        said = process.stderr.readline() + process.stderr.readline()
        assert "No GitHub App is set up" in said
        found = re.search(rf"Open {address}/setup and enter this key: (\S+)", said)
        assert found is not None
        given = {"key": found[1], "public_url": address}
        assert httpx.post(f"{address}/setup", data=given).status_code == 200
    assert not (tmp_path / "state" / "giveback.db").exists()


def test_with_a_part_of_the_app_s_settings_it_names_the_rest_and_does_not_start(tmp_path: Path) -> None:
    with serve(tmp_path, GIVEBACK_GITHUB_APP_ID="7") as (process, _):
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "Not set: GIVEBACK_GITHUB_PRIVATE_KEY, GIVEBACK_WEBHOOK_SECRETS." in said


def test_a_second_service_on_the_same_state_is_refused_before_it_touches_anything(tmp_path: Path) -> None:
    app = {
        "GIVEBACK_GITHUB_APP_ID": "7",
        "GIVEBACK_GITHUB_PRIVATE_KEY": private_key(),
        "GIVEBACK_WEBHOOK_SECRETS": "secret",
        "GITHUB_API_URL": f"http://127.0.0.1:{free_port()}",
    }
    with serve(tmp_path, **app) as (first, address):
        assert until_it_answers(f"{address}/health").status_code == 200
        with serve(tmp_path, **app) as (second, _):
            _, said = second.communicate(timeout=PATIENCE)
        assert second.returncode == 2
        assert "Another `giveback serve` runs with the state folder" in said
        first.kill()
        first.wait(PATIENCE)
    with serve(tmp_path, **app) as (_, address):
        assert until_it_answers(f"{address}/health").status_code == 200


def test_a_service_with_the_name_of_another_app_does_not_start(tmp_path: Path) -> None:
    github = GitHub(tmp_path / "github")
    try:
        app = github.control("POST", "/apps", name="Giveback")
        given = {
            "GIVEBACK_GITHUB_APP_ID": str(app["id"]),
            "GIVEBACK_GITHUB_PRIVATE_KEY": app["pem"],
            "GIVEBACK_WEBHOOK_SECRETS": "secret",
            "GIVEBACK_SLUG": "somebody-else",
            "GITHUB_API_URL": github.api,
        }
        with serve(tmp_path, **given) as (process, _):
            _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
        assert "set GIVEBACK_SLUG=giveback" in said
        assert not (tmp_path / "state" / "giveback.db").exists()
    finally:
        github.stop()
