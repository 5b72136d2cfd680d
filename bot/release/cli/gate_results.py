"""Show what the gates said, to people and to programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from bot.release.gates.results import GateResult


def gate_as_json(result: GateResult) -> dict[str, Any]:
    """Give one gate's result as it stands in the list ``gates`` of ``--json``."""
    return {
        "name": result.gate,
        "outcome": result.outcome.value,
        "evidence": list(result.evidence),
        "remedy": result.remedy,
        "waivable": result.waivable,
    }


def say_gates(results: Iterable[GateResult]) -> None:
    """Print each gate with its evidence, and what would help where it did not pass."""
    for result in results:
        typer.echo(f"{result.gate}: {result.outcome.value.replace('_', ' ')}")
        for line in result.evidence:
            typer.echo(f"  {line}")
        if result.remedy and not result.passed:
            typer.echo(f"  {result.remedy}")
