"""Note beside each GitHub call the App permission it needs, so that app.yml can be held equal to the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

NEEDED: dict[str, dict[str, str]] = {}
"""Permission name and level ("read" or "write") by the name of the function that needs it."""

_Function = TypeVar("_Function", bound=Callable[..., object])


def needs(**permissions: str) -> Callable[[_Function], _Function]:
    """Declare what a function needs, in the words of GitHub's "Permissions required for GitHub Apps"."""

    def note(function: _Function) -> _Function:
        NEEDED[function.__qualname__] = permissions
        return function

    return note


def all_needed() -> dict[str, str]:
    """Give every permission the code uses at the highest level it is used at."""
    highest: dict[str, str] = {}
    for permissions in NEEDED.values():
        for name, level in permissions.items():
            if highest.get(name) != "write":
                highest[name] = level
    return highest
