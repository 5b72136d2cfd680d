"""Start the sandboxes and the service as processes of their own, and stop them again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from bot.sandbox.serving import HOST

START_SECONDS = 60.0
STOP_SECONDS = 20.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
"""What sends requests to a company's proxy, which cannot reach this machine's loopback."""


class NotStartedError(Exception):
    """A process ended or stayed silent instead of answering; the message has the end of its log."""


class Stage:
    """The processes of a demo, their addresses and logs below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, arguments: list[str], port: int, ready: str, **environment: str) -> str:
        """Start ``giveback`` with arguments and wait until it answers; give its address.

        Raises:
            NotStartedError: it did not come up.
        """
        log = self.folder / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            self._processes[name] = subprocess.Popen(  # noqa: S603  # our own command, no shell
                [sys.executable, "-m", "bot", *arguments],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=_clean(os.environ) | environment,
            )
        address = f"http://{HOST}:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._processes[name].poll() is not None:
                break
            with suppress(httpx.TransportError):
                if httpx.get(address + ready, trust_env=False).status_code < 500:
                    return address
            time.sleep(0.1)
        raise NotStartedError(f"{name} did not start. The end of its log:\n{self.end_of_log(name)}")

    def end_of_log(self, name: str) -> str:
        """Give the last lines a process wrote."""
        log = self.folder / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""

    def stop(self) -> None:
        """Stop what was started, the last first."""
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in reversed(self._processes.values()):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def wait(self) -> None:
        """Wait until somebody presses Ctrl-C, or a process ends by itself."""
        with suppress(KeyboardInterrupt):
            while all(process.poll() is None for process in self._processes.values()):
                time.sleep(0.5)


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would lead the demo's service to a real GitHub, Hub or database, or to a proxy."""
    ours = ("GIVEBACK_", "GITHUB_", "HF_", "DATABASE_URL", "DBOS")
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(ours) and name.lower() not in _PROXIES
    }
    # Where the system itself knows of proxies, this keeps them out of it.
    return kept | {"NO_PROXY": f"{HOST},localhost"}
