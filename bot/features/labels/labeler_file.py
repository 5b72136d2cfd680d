"""Find a repository's `.github/labeler.yml` and how its workflow applies it, and place its mistakes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from bot.actions import Annotation, ReportPart
from bot.documents import DocumentError, Problem
from bot.errors import UnusableFileError
from bot.rendering import quiet, render
from bot.triage.labeler import LABELER_PATH, LabelerInputs, LabelerRules, read_inputs, read_labeler

PART = "labeler.yml"
"""What the shared check run calls the reading of the file."""

LABELER_PATHS = (LABELER_PATH, LABELER_PATH.replace(".yml", ".yaml"))
"""Where the file is looked for; the first is where actions/labeler looks by itself."""

WORKFLOWS = ".github/workflows"
WORKFLOWS_READ = 3
"""Workflows that are looked into, of those whose name speaks of labels."""

AS_IT_COMES = LabelerInputs()
"""What actions/labeler does when its step says nothing."""


class FileReads(Protocol):
    """What reading the file takes."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old."""

    async def kept_names(self, repository: str, folder: str) -> frozenset[str]:
        """List the names in a folder of the default branch, at most five minutes old."""


@dataclass(frozen=True)
class LabelerFile:
    """The file as it is on the default branch; ``rules`` is ``None`` where it cannot be used."""

    path: str
    rules: LabelerRules | None
    errors: tuple[Problem, ...] = ()
    inputs: LabelerInputs = AS_IT_COMES

    @property
    def problems(self) -> tuple[Problem, ...]:
        """List all that is wrong: what makes the file unusable, or what in it is passed over."""
        return self.errors or (self.rules.problems if self.rules else ())

    @property
    def digest(self) -> str:
        """Name what is wrong, so that it is told once."""
        return sha256("\n".join([self.path, *map(str, self.problems)]).encode()).hexdigest()[:16]


async def find_labeler_file(repository: str, path: str | None, reads: FileReads) -> LabelerFile | None:
    """Read the file from the default branch; ``None`` where there is none.

    ``path`` says where it is, when the repository's configuration does. Otherwise the workflow that uses
    actions/labeler is looked for among those with "label" in their names, and may name another path.
    """
    names = await reads.kept_names(repository, ".github")
    found = next((one for one in LABELER_PATHS if one.rpartition("/")[2] in names), None)
    if path is None and found is None:
        return None
    inputs = await _inputs(repository, reads) if "workflows" in names else AS_IT_COMES
    named = inputs.configuration_path if inputs.configuration_path != LABELER_PATH else found
    where = path or named or LABELER_PATH
    try:
        text = await reads.kept_file(repository, where)
    except UnusableFileError as error:
        return LabelerFile(where, None, (Problem(1, 1, "", error.problem, error.next_step),), inputs)
    return None if text is None else replace(await asyncio.to_thread(understood, where, text), inputs=inputs)


async def _inputs(repository: str, reads: FileReads) -> LabelerInputs:
    names = sorted(await reads.kept_names(repository, WORKFLOWS))
    speaking = [name for name in names if "label" in name.lower() and name.endswith((".yml", ".yaml"))]
    for name in speaking[:WORKFLOWS_READ]:
        try:
            text = await reads.kept_file(repository, f"{WORKFLOWS}/{name}")
        except UnusableFileError:
            continue
        inputs = await asyncio.to_thread(_inputs_of, text or "")
        if inputs is not None:
            return inputs
    return AS_IT_COMES


@lru_cache(maxsize=64)
def _inputs_of(workflow: str) -> LabelerInputs | None:
    try:
        return read_inputs(workflow)
    except DocumentError:  # GitHub says so itself, where the workflow is
        return None


@lru_cache(maxsize=64)
def understood(path: str, text: str) -> LabelerFile:
    """Read the file; a mistake in it is part of the answer."""
    try:
        return LabelerFile(path, read_labeler(text))
    except DocumentError as error:
        return LabelerFile(path, None, error.problems)


def report(repository: str, commit: str, file: LabelerFile) -> ReportPart:
    """Tell in the shared check run what is wrong with the file, at its lines."""
    usable = file.rules is not None
    return ReportPart(
        repository=repository,
        commit=commit,
        part=PART,
        passed=not file.problems,
        summary=render("checks/labeler.md.j2", file=file, usable=usable),
        annotations=tuple(
            Annotation(
                path=file.path,
                line=problem.line,
                column=problem.column,
                level="warning" if usable else "failure",
                message=quiet(problem.message + (f" ({problem.hint})" if problem.hint else ""), 600),
            )
            for problem in file.problems
        ),
        reason=f"{file.path} {'has mistakes' if file.problems else 'is valid'}",
    )
