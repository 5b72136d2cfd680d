"""Run functions of a test module in a child process where huggingface_hub speaks to the sandbox.

huggingface_hub reads its settings from the environment when it is imported, and importing it is slow: so one
child serves a whole test module. It reads one call per line and writes one answer to each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class ClientError(Exception):
    """What the client raised: ``kind`` is the name of its exception class."""

    def __init__(self, kind: str, message: str, status: int | None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.status = status


def environment(url: str, token: str, home: Path) -> dict[str, str]:
    """Point huggingface_hub and the hf command at the sandbox, with a home of their own."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "HF_HOME": str(home),
        "HF_ENDPOINT": url,
        "HF_TOKEN": token,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_COLOR": "1",
    }


class Client:
    """The child process."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env=dict(settings),
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, function: Callable[..., Answer], *args: object) -> Answer:
        """Call a module-level function there; arguments and answer must be plain data."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        call = {"module": function.__module__, "function": function.__name__, "args": args}
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client's process ended with exit code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ClientError(answer["error"], answer["message"], answer["status"])
        value: Answer = answer["value"]
        return value

    def close(self) -> None:
        """End the child."""
        self._process.communicate()


def _serve() -> None:
    calls, answers = sys.stdin, sys.stdout
    # What the client prints must not be read as an answer.
    sys.stdout = sys.stderr
    for line in calls:
        call = json.loads(line)
        try:
            function = getattr(import_module(call["module"]), call["function"])
            answer = {"value": function(*call["args"])}
        except Exception as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            answer = {"error": type(error).__name__, "message": str(error), "status": status}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()
