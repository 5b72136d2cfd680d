"""Ask Presidio for spans, as a process of its own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".venv" / "presidio" / "bin" / "python"


class Answer(NamedTuple):
    """What Presidio found."""

    spans: list[list[tuple[int, int, str, float]]]
    """Start, end, kind and score of each finding, for each text."""
    seconds: float
    """Seconds of CPU it took."""


def ask(texts: Iterable[str], words: bool) -> Answer:
    """Analyse texts; with ``words`` Presidio takes those around a value into account.

    Raises FileNotFoundError where it is not installed.
    """
    if not PYTHON.exists():
        raise FileNotFoundError(f"There is no {PYTHON}; `make` installs Presidio there.")
    command = [str(PYTHON), "-P", str(HERE / "presidio_oracle.py"), *(["--words"] if words else [])]
    given = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    *lines, last = done.stdout.splitlines()
    spans = [[tuple(span) for span in json.loads(line)] for line in lines]
    return Answer(spans, json.loads(last)["seconds"])
