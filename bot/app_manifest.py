"""Read the App manifest, ``app.yml``: what the App asks of those who install it, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML


class Need(NamedTuple):
    """One permission or event; ``level`` is ``read`` or ``write``, and empty for an event."""

    name: str
    level: str
    reason: str


def read_app_manifest() -> dict[str, Any]:
    """Read ``app.yml`` as plain values."""
    manifest: dict[str, Any] = YAML(typ="safe").load(_text())
    return manifest


def permissions() -> list[Need]:
    """List the permissions the App asks for, each with the reason beside it in the file."""
    asked = YAML().load(_text())["default_permissions"]
    return [Need(name, level, _comment(asked, name)) for name, level in asked.items()]


def events() -> list[Need]:
    """List the events the App hears of, each with the reason beside it in the file."""
    heard = YAML().load(_text())["default_events"]
    return [Need(name, "", _comment(heard, index)) for index, name in enumerate(heard)]


def _text() -> str:
    """Read the file from the installed package, or from beside it in a checkout."""
    installed = Path(__file__).with_name("app.yml")
    file = installed if installed.exists() else Path(__file__).parent.parent / "app.yml"
    return file.read_text(encoding="utf-8")


def _comment(lines: Any, key: str | int) -> str:
    """Give the comment at the end of a line; ruamel keeps them beside what they belong to."""
    tokens = [token for token in lines.ca.items.get(key, []) if token is not None]
    return str(tokens[0].value).split("\n")[0].strip(" #") if tokens else ""
