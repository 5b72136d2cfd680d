"""Do work that a stranger's words steer in a process of its own, with bounds on its time and its memory."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

SECONDS = 10
"""Time a piece of work may take; most take a hundredth of one, beside the start of the process."""
CPU_SECONDS = 5
MEMORY = 512 * 1024 * 1024
"""Bytes of address space the process may use."""


class ApartError(Exception):
    """Say why there is no answer, as the end of a sentence about what was asked for."""


def ask(module: str, question: object) -> Any:
    """Have a module that calls :func:`serve` answer a question; both are plain JSON values.

    The process sees no environment variables. It takes up to :data:`SECONDS`, so call it in a thread.

    Raises:
        ApartError: it took too much time or memory.
    """
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module; what is a stranger's goes in as text
            [sys.executable, "-I", "-m", module],
            input=json.dumps(question).encode(),
            capture_output=True,
            timeout=SECONDS,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ApartError(f"was not done after {SECONDS} seconds; make it simpler") from None
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        logger.warning("%s ended with %d: %.200r", module, done.returncode, last)
        raise ApartError("takes too much time or memory; make it simpler")
    return json.loads(done.stdout)


def serve(answer: Callable[[Any], object]) -> None:
    """Answer the question on standard input, within the bounds; this is the process of its own."""
    import resource  # Windows has none, and those who ask are imported there too

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
