"""Read the App manifest, ``app.yml``: what the App asks of those who install it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def read_app_manifest() -> dict[str, Any]:
    """Read ``app.yml`` from the installed package, or from beside it in a checkout."""
    installed = Path(__file__).with_name("app.yml")
    file = installed if installed.exists() else Path(__file__).parent.parent / "app.yml"
    manifest: dict[str, Any] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return manifest
