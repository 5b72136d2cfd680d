"""Ask modelaudit, if it is installed, for a second opinion on the files of a release."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

SCANNER = "modelaudit"
SECONDS = 1800
"""How long it may take: it reads every byte of models of many gigabytes."""
_SILENT = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "PYTHONUTF8": "1"}
"""Keeps it from telling its makers what it looks at."""


class Verdict(Enum):
    """What it said, as its exit code tells (0, 1, anything else)."""

    NOTHING_AGAINST = 0
    AGAINST = 1
    UNKNOWN = 2


@dataclass(frozen=True)
class Opinion:
    """Hold the second opinion; without the scanner there is none, and ``words`` say that."""

    verdict: Verdict
    words: str
    is_there: bool = True


def second_opinion(folder: Path) -> Opinion:
    """Run the scanner over a folder, in a process of its own that holds none of our secrets."""
    if find_spec(SCANNER) is None:
        return Opinion(Verdict.UNKNOWN, f"no second opinion: {SCANNER} is not installed", is_there=False)
    with tempfile.TemporaryDirectory(prefix="giveback-scan-") as home:
        arguments = [sys.executable, "-P", "-m", SCANNER, "scan", "--quiet", "--no-cache", str(folder)]
        environment = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, **_SILENT}
        try:
            ended = subprocess.run(  # noqa: S603 - our own interpreter and arguments, no shell
                arguments, env=environment, cwd=home, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Opinion(Verdict.UNKNOWN, f"{SCANNER} did not end within {SECONDS // 60} minutes")
    return judged(ended.returncode)


def judged(code: int) -> Opinion:
    """Read the scanner's exit code."""
    match code:
        case 0:
            return Opinion(Verdict.NOTHING_AGAINST, f"{SCANNER} found nothing either")
        case 1:
            return Opinion(Verdict.AGAINST, f"{SCANNER} found something that may be harmful")
    return Opinion(Verdict.UNKNOWN, f"{SCANNER} could not look at everything (exit code {code})")
