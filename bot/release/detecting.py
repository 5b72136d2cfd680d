"""Look for secrets with detect-secrets, in a process of its own: ``python -m bot.release.detecting``.

Its expressions were not made for files that strangers write, so whoever asks sets a limit of time. The fork
that is looked for, bc-detect-secrets, is the one that is kept up. The files' paths come as JSON on standard
input; what was found leaves as JSON on standard output, with lines and names but no values.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from bot.cards.artifacts import open_file

DETECTOR = "detect_secrets"
SECONDS = 600.0
"""How long it may take: it reads about two megabytes in a second."""
MOST = 100
"""Findings told of one file, at most."""
_BLIND = frozenset({"Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector"})
"""Plugins that go by chance or by a word nearby: vocabularies of tokenizers are full of what they find."""
_WINDOW, _OVERLAP = 4096, 256
"""Characters of one line looked at together: a tokenizer can be one line of many megabytes."""
_PLACEHOLDERS = frozenset({"password", "passwd", "pass", "pwd", "secret", "token", "key", "changeme", "xxx"})


@dataclass(frozen=True)
class Detected:
    """Name what kind of secret is in which line of a file, counted from 1; the value is not kept."""

    path: str
    line: int
    kind: str


class DetectorFailed(Exception):
    """Say why the detector gave no answer."""


def is_installed() -> bool:
    """Tell whether there is a detector."""
    return find_spec(DETECTOR) is not None


def detect(folder: Path, paths: Iterable[str], seconds: float = SECONDS) -> tuple[Detected, ...]:
    """Look through files below ``folder``. Raises DetectorFailed."""
    job = json.dumps({"folder": str(folder), "paths": list(paths)}).encode()
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-P", "-m", __name__],
            input=job,
            capture_output=True,
            timeout=seconds,
            env={"PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DetectorFailed(f"it did not end within {seconds / 60:.0f} minutes") from None
    if ended.returncode != 0:
        raise DetectorFailed(f"it ended with exit code {ended.returncode}")
    return tuple(Detected(**one) for one in json.loads(ended.stdout))


def main() -> None:
    """Read the job, look, and write what was found."""
    job = json.loads(sys.stdin.read())
    plugins = list(_plugins())
    found = [
        asdict(one)
        for path in job["paths"]
        for one in islice(_in_file(Path(job["folder"]) / path, path, plugins), MOST)
    ]
    print(json.dumps(found))


def _plugins() -> Iterator[Any]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    for plugin in get_mapping_from_secret_type_to_class().values():
        if plugin.__name__ not in _BLIND:
            yield plugin()


def _in_file(file: Path, path: str, plugins: list[Any]) -> Iterator[Detected]:
    told: set[tuple[int, str]] = set()
    with open_file(file) as lines:
        for number, raw in enumerate(lines, 1):
            line = raw.decode("utf-8", "replace")
            for start in range(0, max(1, len(line)), _WINDOW):
                part = line[start : start + _WINDOW + _OVERLAP]
                for plugin in plugins:
                    if (number, plugin.secret_type) in told:
                        continue
                    if any(_is_real(value) for value in plugin.analyze_string(part)):
                        told.add((number, plugin.secret_type))
                        yield Detected(path, number, plugin.secret_type)


def _is_real(value: str) -> bool:
    """Tell a secret from words that stand in its place."""
    from detect_secrets.filters import heuristic

    lower = value.lower()
    stands_for_one = lower.strip("<>{}[]$*.") in _PLACEHOLDERS or "example" in lower or "your" in lower
    return not (
        stands_for_one
        or len(set(lower)) < 4
        or heuristic.is_sequential_string(value)
        or heuristic.is_templated_secret(value)
    )


if __name__ == "__main__":
    main()
