"""Take facts out of what a file holds, key by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.cards.artifacts import number, text
from bot.cards.facts import Fact, Value

Take = Callable[[object], Value | None]


def take(
    content: Mapping[str, Any],
    file: str,
    kind: Take,
    names: Mapping[str, str],
    *,
    under: str = "",
) -> Iterator[Fact]:
    """Yield a fact for each key in ``names`` that holds a value of the ``kind``, by the key's name there.

    ``under`` is where ``content`` stands in the file, such as ``text_config.``.
    """
    for key, name in names.items():
        value = kind(content.get(key))
        if value is not None:
            yield Fact(name, value, file, f"{under}{key}")


def named(*keys: str, prefix: str = "") -> dict[str, str]:
    """Name facts as their keys are called."""
    return {key: f"{prefix}{key}" for key in keys}


def scalar(value: object) -> str | int | float | bool | None:
    """Take a short text, a number, or true or false."""
    if isinstance(value, bool):
        return value
    return text(value) if isinstance(value, str) else number(value)


def yes(value: object) -> bool | None:
    """Take what is set, and nothing of what is not."""
    return True if value is True else None
