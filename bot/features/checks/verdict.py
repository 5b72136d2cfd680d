"""What a part of the shared check run says, and how any feature reports one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator

from bot.actions import Annotation, ReportPart
from bot.rendering import quiet

NOTES_PER_PART = 10
"""Lines one part marks at most, so that all parts together seldom need a second request (50 are taken)."""

LAST_LINE = 2**31 - 1

Level = Annotated[
    Literal["off", "warn", "required"],
    # To older YAML, which many have in their fingers, the word off means false.
    BeforeValidator(lambda value: "off" if value is False else value),
]
"""Whether a part is looked at, and whether the check run fails with it."""


@dataclass(frozen=True)
class Verdict:
    """What one part found: ``summary`` is Markdown, with everything from people made safe."""

    passed: bool
    summary: str
    notes: tuple[Annotation, ...] = ()


def note(path: str, line: int, message: str, column: int | None = None) -> Annotation:
    """Mark a line of a file, counted from 1; the level is set when the part is reported."""
    place = min(max(line, 1), LAST_LINE)
    return Annotation(path=path, line=place, column=column, level="warning", message=quiet(message, 600))


def first_notes(notes: Iterable[Annotation]) -> tuple[Annotation, ...]:
    """Keep as many notes as a part may have."""
    return tuple(notes)[:NOTES_PER_PART]


def reported(
    repository: str, commit: str, part: str, level: Level, verdict: Verdict, *, again: str = ""
) -> ReportPart:
    """Report a verdict as one part of the check run that all features share.

    ``again`` names what asked for it a second time: GitHub then waits for a new run, though it says the same.
    """
    failed_level: Literal["failure", "warning"] = "failure" if level == "required" else "warning"
    found = "is in order" if verdict.passed else "needs a look"
    return ReportPart(
        repository=repository,
        commit=commit,
        part=part,
        passed=verdict.passed,
        required=level == "required",
        summary=verdict.summary,
        annotations=tuple(one.model_copy(update={"level": failed_level}) for one in verdict.notes),
        reason=f"{part}: {found}" + (f", asked for again by {again}" if again else ""),
    )
