import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bot.hub.errors import HubUnavailable
from bot.hub.jobs import HubAccess
from bot.hub.process import IDENTITY, PASSED_ON, HubProcess, child_environment
from bot.hub.publishing import Publisher
from tests.fixtures.hub import SandboxHub
from tests.scene import eventually


async def test_a_child_that_takes_too_long_is_ended_and_counts_as_passing(
    hub: SandboxHub, model: Path
) -> None:
    hub.fault("/api/whoami", "delay", seconds=30)
    with pytest.raises(HubUnavailable, match="too long"):
        await Publisher(hub.access, base_timeout=2).access()


async def test_a_child_that_is_killed_counts_as_passing(hub: SandboxHub, publisher: Publisher) -> None:
    hub.fault("/api/whoami", "delay", seconds=5)
    asking = asyncio.create_task(publisher.access())
    child = await asyncio.to_thread(wait_for_child)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(HubUnavailable, match="unexpectedly"):
        await asking


async def test_a_child_that_dies_in_the_middle_of_a_line_counts_as_passing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf \'{"result": {"files": [1, \'\n')
    program.chmod(0o700)
    monkeypatch.setattr("bot.hub.process.sys.executable", str(program))
    with pytest.raises(HubUnavailable, match="unexpectedly"):
        await HubProcess(HubAccess("http://127.0.0.1:9", "")).do({"operation": "access"}, 10)


def wait_for_child() -> int:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")

    def child() -> int | None:
        for pid in map(int, children.read_text().split()):
            if b"bot.hub.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        return None

    # It waits in a thread, which no time limit of the test ends.
    found = eventually(child, "the child")
    assert found is not None
    return found


def wait_for_end(pid: int) -> None:
    command = Path(f"/proc/{pid}/cmdline")
    while command.exists() and command.read_bytes():
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_child_ends_when_its_parent_is_killed(hub: SandboxHub) -> None:
    hub.fault("/api/whoami", "delay", seconds=60)
    code = (
        "import asyncio, sys; from bot.hub.jobs import HubAccess; from bot.hub.publishing import Publisher;"
        "asyncio.run(Publisher(HubAccess(sys.argv[1], 'hf_x')).access())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, hub.url])
    while not (children := children_of(parent.pid)):
        time.sleep(0.02)
    [child] = children
    parent.kill()
    parent.wait()
    wait_for_end(child)
    hub.no_faults()


def seen_from_outside(pid: int) -> tuple[bytes, bytes]:
    return Path(f"/proc/{pid}/cmdline").read_bytes(), Path(f"/proc/{pid}/environ").read_bytes()


async def test_the_token_is_in_the_childs_environment_and_nowhere_in_its_arguments(
    hub: SandboxHub, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIVEBACK_SECRET", "must stay here")
    ways_out = dict.fromkeys(PASSED_ON, "") | {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    for name, value in ways_out.items():
        monkeypatch.setenv(name, value)
    hub.fault("/api/whoami", "delay", seconds=2)
    asking = asyncio.create_task(publisher.access())
    child = await asyncio.to_thread(wait_for_child)
    arguments, environment = await asyncio.to_thread(seen_from_outside, child)
    assert hub.token.encode() not in arguments
    assert f"HF_TOKEN={hub.token}".encode() in environment
    assert b"GIVEBACK_SECRET" not in environment
    assert b"HTTPS_PROXY=http://127.0.0.1:9" in environment
    assert b"NO_PROXY=127.0.0.1" in environment
    assert b"SSL_CERT_FILE" not in environment
    assert (await asking).name == "releaser"


def test_the_environment_of_the_child_is_exactly_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    environment = child_environment(HubAccess("http://127.0.0.1:1", "hf_x"), tmp_path)
    assert sorted(environment) == [
        "HF_ENDPOINT",
        "HF_HOME",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_HUB_DISABLE_TELEMETRY",
        "HF_HUB_DISABLE_UPDATE_CHECK",
        "HF_HUB_DISABLE_XET",
        "HF_TOKEN",
        "HOME",
        "PATH",
        "PYTHONUTF8",
        "TMPDIR",
    ]


def test_a_trusted_publishers_child_gets_the_jobs_identity_and_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody")
    for name in IDENTITY:
        monkeypatch.setenv(name, f"the {name}")
    environment = child_environment(HubAccess("http://127.0.0.1:1", "", trusted="acme/digits"), tmp_path)
    assert "HF_TOKEN" not in environment
    assert environment["HF_OIDC_RESOURCE"] == "acme/digits"
    assert {name: environment[name] for name in IDENTITY} == {name: f"the {name}" for name in IDENTITY}
    by_token = child_environment(HubAccess("http://127.0.0.1:1", "hf_x"), tmp_path)
    assert not {"HF_OIDC_RESOURCE", *IDENTITY} & by_token.keys()


def test_each_way_to_the_hub_the_operator_set_reaches_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PASSED_ON:
        monkeypatch.setenv(name, f"the {name}")
    environment = child_environment(HubAccess("http://127.0.0.1:1", "hf_x"), tmp_path)
    assert {name: environment[name] for name in PASSED_ON} == {name: f"the {name}" for name in PASSED_ON}


async def test_a_proxy_on_the_way_is_used_and_its_password_is_not_told(
    hub: SandboxHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://giveback:sesame@127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(HubUnavailable) as caught:
        await Publisher(hub.access).access()
    assert "sesame" not in str(caught.value)


async def test_a_hub_that_is_not_there_counts_as_passing(hub: SandboxHub) -> None:
    with pytest.raises(HubUnavailable):
        await Publisher(HubAccess("http://127.0.0.1:9", "hf_x")).access()


def test_the_sandbox_answers(hub: SandboxHub) -> None:
    assert httpx.get(f"{hub.url}/api/whoami-v2").status_code == 401


async def test_one_process_does_what_is_asked_while_entered_and_a_dead_one_is_replaced(
    hub: SandboxHub, publisher: Publisher
) -> None:
    await publisher.access()
    first = await asyncio.to_thread(wait_for_child)
    await publisher.access()
    assert await asyncio.to_thread(wait_for_child) == first
    os.kill(first, signal.SIGKILL)
    await asyncio.to_thread(wait_for_end, first)
    try:
        await publisher.access()
    except HubUnavailable:  # its death was not noticed before the job was passed on
        await publisher.access()
    assert await asyncio.to_thread(wait_for_child) != first


async def test_a_process_that_is_not_used_any_more_is_ended(
    hub: SandboxHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.hub.process.KEPT", 0.05)
    async with Publisher(hub.access) as publisher:
        await publisher.access()
        child = await asyncio.to_thread(wait_for_child)
        await asyncio.to_thread(wait_for_end, child)
        assert (await publisher.access()).name == "releaser"
