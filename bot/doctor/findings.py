"""Say one thing the doctor found, with what it means and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: a problem keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing the doctor has to say; all but ``what`` are empty when it is fine."""

    level: Level
    what: str
    why: str = ""
    next_step: str = ""


def ok(what: str) -> Finding:
    """Say what is as it should be."""
    return Finding(Level.OK, what)


def warning(what: str, why: str, next_step: str) -> Finding:
    """Say what works now and may not for long."""
    return Finding(Level.WARNING, what, why, next_step)


def problem(what: str, why: str, next_step: str) -> Finding:
    """Say what keeps something from working."""
    return Finding(Level.PROBLEM, what, why, next_step)


def as_text(findings: Iterable[Finding]) -> str:
    """Write findings for a terminal or a log, without colours."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<8}{finding.what}")
        lines += [
            f"        {said}"
            for said in (finding.why, finding.next_step and f"-> {finding.next_step}")
            if said
        ]
    return "\n".join(lines) + "\n"
