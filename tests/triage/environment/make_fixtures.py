"""Make the fixtures that real tools print: run it in an environment with scikit-learn and pip."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures"
KEPT = ("joblib", "numpy", "scikit-learn", "scipy", "setuptools", "threadpoolctl", "PyYAML", "pydantic")


def python(*arguments: str) -> str:
    """Run Python; gives what it prints."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pip(command: str) -> str:
    """Run one of pip's commands; gives what it prints."""
    return python("-m", "pip", "--disable-pip-version-check", command)


def some(listing: str) -> str:
    """Keep the head of a listing and a few packages."""
    return "".join(
        line
        for line in listing.splitlines(keepends=True)
        if line.startswith(("Package", "---")) or re.split(r"[= ]", line)[0] in KEPT
    )


def show_versions() -> str:
    """Print scikit-learn's versions, without the paths of this machine."""
    printed = python("-c", "import sklearn; sklearn.show_versions()")
    text = re.sub(r"(executable: |filepath: ).*?(bin|site-packages)/", r"\1/home/me/venv/\2/", printed)
    return re.sub(r"machine: \S+", "machine: Linux-6.8.0-45-generic-x86_64-with-glibc2.36", text)


def main() -> None:
    """Write the fixtures."""
    before = "### Versions\n\n```shell\n"
    (FIXTURES / "pip_list.md").write_text(before + some(pip("list")) + "```\n")
    (FIXTURES / "pip_freeze.md").write_text(before + some(pip("freeze")) + "```\n")
    (FIXTURES / "show_versions.md").write_text(before + show_versions() + "```\n\n### Anything else\n\nNo.\n")


if __name__ == "__main__":
    main()
