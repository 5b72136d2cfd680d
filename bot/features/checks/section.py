"""What a repository can say about its checks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from bot.config import Section
from bot.features.checks.verdict import Level
from bot.triage.ignore_patterns import ignore_patterns


def _understood(patterns: tuple[str, ...]) -> tuple[str, ...]:
    ignore_patterns(patterns)
    return patterns


Patterns = Annotated[tuple[str, ...], AfterValidator(_understood)]
"""Paths, written as in `.gitignore`."""


class ChecksSection(Section):
    """Check what a pull request changes, in one check run; each part is `off`, `warn` or `required`."""

    secrets: Level = Field(default="warn", description="Tokens and keys in added lines.")
    large_files: Level = Field(default="warn", description="Weights and other large binaries put into Git.")
    conflicts: Level = Field(
        default="warn", description="Conflict markers in added lines, and conflicts with the base branch."
    )
    notebook_outputs: Level = Field(
        default="off", description="Outputs of cells in added lines of notebooks."
    )
    linked_issue: Level = Field(default="off", description="An issue named in the words, or linked by hand.")
    sign_off: Level = Field(
        default="off", description="A `Signed-off-by` line in every commit (Developer Certificate of Origin)."
    )
    tests: Level = Field(default="off", description="Tests changed together with code.")
    documentation: Level = Field(default="off", description="Documentation changed together with code.")
    licence_headers: Level = Field(default="off", description="A licence header in every new code file.")

    secrets_except: Patterns = Field(
        default=(), description="Paths whose lines are not searched for secrets, written as in `.gitignore`."
    )
    large_file_mb: float | None = Field(
        default=None,
        gt=0,
        description="Size in megabytes above which any file is too large; unless said, only the formats of "
        "weights, archives and data count, and no sizes are asked for.",
    )
    licence_header: str | None = Field(
        default=None, description="Words a licence header has; unless said, any that names a licence will do."
    )
    test_paths: Patterns | None = Field(
        default=None, description="Paths of tests, written as in `.gitignore`, when they are unusual."
    )
    documentation_paths: Patterns | None = Field(
        default=None, description="Paths of documentation, written as in `.gitignore`, when they are unusual."
    )
