"""Ask modelaudit, where it is installed, for a second opinion on the files of a release."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.scratch import Scratch

SCANNER = "modelaudit"
SECONDS = 1800
"""How long it may take: it reads every byte of models of many gigabytes."""
SECONDS_FOR_PART = 120
"""How long it may take on a pull request, where others wait behind it."""
_SILENT = {"PROMPTFOO_DISABLE_TELEMETRY": "1", "NO_ANALYTICS": "1", "PYTHONUTF8": "1"}
"""Keeps it from telling its makers what it looks at."""
_HARMFUL = ("critical", "warning")
_NAMED = 5
_ERRORS = 2
"""Its exit code when it could not look at something, whether or not it found something."""


class Verdict(Enum):
    """What it said."""

    NOTHING_AGAINST = "nothing against"
    AGAINST = "against"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Opinion:
    """Hold the second opinion in words; without the scanner there is none, and they say that."""

    verdict: Verdict
    words: tuple[str, ...]
    is_there: bool = True


_NONE = Opinion(Verdict.UNKNOWN, (f"no second opinion: {SCANNER} is not installed",), is_there=False)
_turn = threading.Lock()


def opinion_on_part(folder: Path, paths: Collection[str]) -> Opinion:
    """Run the scanner over some files of a folder; one such run at a time, so that a service bears it."""
    if scanner() is None:
        return _NONE
    if not paths:
        words = f"{SCANNER} was not asked: no file was fetched whole"
        return Opinion(Verdict.UNKNOWN, (words,), is_there=False)
    if not _turn.acquire(timeout=SECONDS_FOR_PART):
        return Opinion(Verdict.UNKNOWN, (f"{SCANNER} was busy with other pull requests",))
    try:
        with Scratch("part") as place:
            for path in paths:
                target = Path(place) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / path, target, follow_symlinks=False)
            return second_opinion(Path(place), SECONDS_FOR_PART)
    finally:
        _turn.release()


def second_opinion(folder: Path, seconds: int = SECONDS) -> Opinion:
    """Run the scanner over a folder, in a process of its own that holds none of our secrets."""
    command = scanner()
    if command is None:
        return _NONE
    with Scratch("scan") as home:
        report = Path(home) / "report.json"
        options = ("scan", "--quiet", "--no-cache", "--format", "json", "--output", str(report))
        environment = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, **_SILENT}
        try:
            ended = subprocess.run(  # noqa: S603 - the operator's own program and our arguments, no shell
                [*command, *options, str(folder)],
                env=environment,
                cwd=home,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Opinion(Verdict.UNKNOWN, (f"{SCANNER} did not end within {seconds // 60} minutes",))
        try:
            told = json.loads(report.read_bytes())
        except (OSError, ValueError):
            told = None
    return judged(ended.returncode, told, folder)


def scanner() -> tuple[str, ...] | None:
    """Find the scanner: beside this program, or as a command of its own, which pipx installs."""
    if find_spec(SCANNER) is not None:
        return (sys.executable, "-P", "-m", SCANNER)
    found = shutil.which(SCANNER)
    return (found,) if found else None


def judged(code: int, told: Any, folder: Path) -> Opinion:
    """Read what the scanner said.

    It counts by what it found, not by its exit code alone: that is the same for a file it has no library for
    as for one it choked on, and of the first it is enough to say so.
    """
    issues = told.get("issues") if isinstance(told, dict) else None
    if code not in (0, 1, _ERRORS) or not isinstance(issues, list):
        return Opinion(Verdict.UNKNOWN, (f"{SCANNER} ended with exit code {code} and no report",))
    found = [one for one in issues if isinstance(one, dict)]
    harmful = [one for one in found if one.get("severity") in _HARMFUL]
    unseen = [one for one in found if one not in harmful and _is_incomplete(one)]
    lacking = [one for one in unseen if _details(one).get("required_package")]
    words = tuple(dict.fromkeys(_told(one, folder) for one in (*harmful, *unseen)))[:_NAMED]
    if harmful or code == 1:
        return Opinion(Verdict.AGAINST, words or (f"{SCANNER} found something that may be harmful",))
    if len(unseen) > len(lacking) or (code == _ERRORS and not lacking):
        return Opinion(Verdict.UNKNOWN, words or (f"{SCANNER} could not look at everything",))
    return Opinion(Verdict.NOTHING_AGAINST, (f"{SCANNER} found nothing either", *words))


def _told(issue: dict[str, Any], folder: Path) -> str:
    where = str(issue.get("location", "")).removeprefix(f"{folder}/")[:200]
    # A waiver is for these words, and the folder is another each time.
    message = str(issue.get("message", "")).replace(f"{folder}/", "")
    return f"{SCANNER}: {where}: {message[:300]}"


def _is_incomplete(issue: dict[str, Any]) -> bool:
    return bool(_details(issue).get("analysis_incomplete")) or "incomplete" in str(issue.get("message", ""))


def _details(issue: dict[str, Any]) -> dict[str, Any]:
    details = issue.get("details")
    return details if isinstance(details, dict) else {}
