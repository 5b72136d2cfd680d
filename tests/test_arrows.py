from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent


def test_the_arrows_of_the_house_hold() -> None:
    """The contracts are in pyproject.toml; what breaks one is named below."""
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "allowed"),
    [("bot/feature.py", {"gidgethub.routing"}), ("bot/events/event.py", {"gidgethub.sansio"})],
)
def test_of_gidgethub_features_and_events_use_what_makes_no_request(module: str, allowed: set[str]) -> None:
    """The linter sees another distribution only as a whole."""
    used = {name for name in imports(TOP / module) if name.split(".")[0] == "gidgethub"}
    assert used <= allowed


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module.count(".") > 0
            yield from ([node.module] if whole else [f"{node.module}.{name.name}" for name in node.names])
