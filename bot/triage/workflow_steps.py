"""Find the steps of a GitHub Actions workflow that use an action, and what they hand to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.documents import Path, Positions, parse_mapping


@dataclass(frozen=True)
class Input:
    """One input of a step, and where it stands; line and column count from 1."""

    value: str | int | float | bool | None
    line: int
    column: int

    @property
    def text(self) -> str:
        """Give the value as Actions hands it on: everything is text."""
        match self.value:
            case bool():
                return str(self.value).lower()
            case None:
                return ""
            case _:
                return str(self.value).strip()

    @property
    def is_expression(self) -> bool:
        """Tell whether the value is worked out when the workflow runs, and so is not known here."""
        return "${{" in self.text


@dataclass(frozen=True)
class Step:
    """A step that uses an action."""

    uses: str
    """The action with its version, as written: ``actions/stale@v10``."""
    line: int
    column: int
    inputs: Mapping[str, Input] = field(default_factory=dict)
    """What ``with`` hands to it, the names in lower case as Actions compares them."""


def find_steps(text: str | bytes, action: str) -> tuple[Step, ...]:
    """Find the steps that use ``action``, such as ``actions/stale``, in the order of the file.

    Source: GitHub Docs, "Workflow syntax for GitHub Actions" (jobs, steps, uses, with).

    Raises:
        DocumentError: the workflow is no YAML that can be read.
    """
    data, positions = parse_mapping(text)
    return tuple(
        _step(step, path, positions)
        for path, step in _steps(data)
        if str(step.get("uses", "")).split("@")[0].strip().lower() == action.lower()
    )


def _steps(data: Mapping[str, Any]) -> list[tuple[Path, Mapping[str, Any]]]:
    jobs = data.get("jobs")
    found: list[tuple[Path, Mapping[str, Any]]] = []
    for job, inside in jobs.items() if isinstance(jobs, dict) else ():
        steps = inside.get("steps") if isinstance(inside, dict) else None
        for index, step in enumerate(steps) if isinstance(steps, list) else ():
            if isinstance(step, dict):
                found.append((("jobs", job, "steps", index), step))
    return found


def _step(step: Mapping[str, Any], path: Path, positions: Positions) -> Step:
    given = step.get("with")
    inputs = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        if isinstance(value, str | int | float | bool | None):
            inputs[name.lower()] = Input(value, *positions.of_value((*path, "with", name)))
    line, column = positions.of_key((*path, "uses"))
    return Step(str(step["uses"]).strip(), line, column, inputs)
