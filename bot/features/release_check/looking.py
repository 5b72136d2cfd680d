"""Bring a model as a pull request would leave it to disk, and ask the gates about it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Protocol

from bot.features.model_card.writing import Fetches as FetchesFolders
from bot.hub.jobs import Asked, Known
from bot.release.asking import asked
from bot.release.files import Inspection, inspect_folder, left_as_holes
from bot.release.gates import APPROVAL, GATES, run_gates
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import manifest_or_problems

SIZE_LIMIT = 500_000_000
"""Bytes that are fetched for one look, of safetensors in Git LFS only the headers."""
DEEPEST = 6
EVERYTHING = tuple("/".join([*["*"] * depth, last]) for depth in range(DEEPEST) for last in ("*", ".*"))
"""Patterns that match every file, hidden ones too, down to so many folders."""

ON_PULL_REQUESTS = {name: gate for name, gate in GATES.items() if name != APPROVAL}
"""The gates that can be asked before a release is."""

NEEDS_NO_FILES = ("manifest",)


class Fetches(FetchesFolders, Protocol):
    """What is read of the model and of the Hub."""

    async def public_knowledge(self, asked: Asked, into: Path) -> Known | None:
        """Ask the Hub, as anybody may; ``None`` when it was not asked, or did not answer."""


async def looked_at(repository: str, commit: str, text: str, reads: Fetches) -> tuple[GateResult, ...]:
    """Ask every gate but the approval.

    A pull request may name what its author may not see. So the Hub is asked without the bot's token, and
    what is private there is looked at when the release is asked for. Raises UserError when the folder cannot
    be fetched.
    """
    manifest, problems = manifest_or_problems(text)
    with tempfile.TemporaryDirectory(prefix="giveback-gates-") as place:
        folder, results = Path(place) / "model", Path(place) / "earlier"
        folder.mkdir()
        results.mkdir()
        gates = ON_PULL_REQUESTS
        if manifest is None or manifest.folder is None:
            # What is kept elsewhere is fetched by a release, with what the operator allows it to reach.
            gates = {name: gate for name, gate in gates.items() if name in NEEDS_NO_FILES}
        else:
            await reads.fetch_folder(
                repository, manifest.folder, commit, folder, size_limit=SIZE_LIMIT, names=EVERYTHING
            )
        known = await reads.public_knowledge(asked(manifest), results) if manifest else None

        def work() -> tuple[GateResult, ...]:
            found = inspect_folder(folder, left_as_holes(folder)) if manifest else Inspection(())
            candidate = Candidate(
                folder, manifest, problems, files=found.files, odd=found.odd, is_preview=True
            )
            return run_gates(candidate.knowing(known, results) if known else candidate, gates)

        return await asyncio.to_thread(work)


def unreadable(problem: str) -> GateResult:
    """Say that the model's folder could not be looked at."""
    return GateResult("file_formats", Outcome.COULD_NOT_RUN, (problem,))
