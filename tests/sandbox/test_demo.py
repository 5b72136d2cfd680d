from __future__ import annotations

import io

import httpx
import pytest
from rich.console import Console

from bot.sandbox.demo.people import Person
from bot.sandbox.demo.run import START, demo
from bot.sandbox.hub.app import create_app
from bot.sandbox.serving import run_in_thread


def broken(address: str) -> str:
    """Break in a way nobody thought of, once the sandboxes answer."""
    raise LookupError(f"cannot stand in front of {address}")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_behind_a_proxy_the_sandboxes_start_and_whatever_breaks_names_its_step(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    console = Console(file=io.StringIO(), width=200)
    assert demo(console=console, front=broken) == 1
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert f"Failed at: {START}" in said
    assert "LookupError: cannot stand in front of http://127.0.0.1:" in said


def test_people_reach_this_machine_past_a_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with run_in_thread(create_app(tmp_path_factory.mktemp("hub"))) as server:
        person = Person(server.url, "maya", "hf_wrong")
        with pytest.raises(httpx.HTTPStatusError):
            person.call("GET", "/api/whoami-v2")
        person.close()
