"""Bring a model as a pull request would leave it to disk, and ask the gates about it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol

from bot.cards.facts import Fact, Reader
from bot.cards.readers import READERS
from bot.features.model_card.fetching import FetchesModels
from bot.hub.jobs import Asked, Known
from bot.release.asking import asked
from bot.release.files import MAX_FILES, Inspection, inspect_folder, left_as_holes
from bot.release.gates import GATES, approval, run_gates
from bot.release.gates.file_formats import NAME as FILES
from bot.release.gates.file_formats import WEIGHTS, formats, kind_of
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import manifest_or_problems
from bot.release.sources.errors import SourceRefused
from bot.release.sources.intake import Intake
from bot.scratch import Scratch

SIZE_LIMIT = 500_000_000
"""Bytes that are fetched for one look; of weights only what tells what they are."""
DEEPEST = 6
"""Folders within the model's own down to which files are looked at."""
SHOWN = 10

ON_PULL_REQUESTS = {name: gate for name, gate in GATES.items() if name != approval.NAME}
"""The gates that can be asked before a release is."""

NEEDS_NO_FILES = ("manifest",)


class Fetches(FetchesModels, Protocol):
    """What is read of the model and of the Hub."""

    async def file_sizes(self, repository: str, commit: str) -> dict[str, int]:
        """Give the bytes of every file at a commit by its path."""

    async def public_knowledge(self, asked: Asked, into: Path) -> Known | None:
        """Ask the Hub, as anybody may; ``None`` when it was not asked, or did not answer."""


async def looked_at(repository: str, commit: str, text: str, reads: Fetches) -> tuple[GateResult, ...]:
    """Ask every gate but the approval.

    A pull request may name what its author may not see. So the Hub is asked without the bot's token, and
    what is private there is looked at when the release is asked for. Raises UserError when the folder cannot
    be fetched.
    """
    manifest, problems = manifest_or_problems(text)
    with Scratch("gates") as place:
        folder, results = Path(place) / "model", Path(place) / "earlier"
        folder.mkdir()
        results.mkdir()
        gates, unseen = ON_PULL_REQUESTS, dict[str, str]()
        if manifest is None or manifest.folder is None:
            # What is kept elsewhere is fetched by a release, with what the operator allows it to reach.
            gates = {name: gate for name, gate in gates.items() if name in NEEDS_NO_FILES}
        else:
            unseen = await _fetch(repository, manifest.folder, commit, folder, reads)
        known = await reads.public_knowledge(asked(manifest), results) if manifest else None

        def work() -> tuple[GateResult, ...]:
            found = inspect_folder(folder, left_as_holes(folder)) if manifest else Inspection(())
            candidate = Candidate(
                folder, manifest, problems, files=found.files, odd=found.odd, is_preview=True
            )
            return run_gates(candidate.knowing(known, results) if known else candidate, gates)

        asked_now = await asyncio.to_thread(work)
    return tuple(_with_unseen(result, unseen) for result in asked_now)


async def _fetch(repository: str, folder: str, commit: str, into: Path, reads: Fetches) -> dict[str, str]:
    """Fetch what can be released, and stand in for the rest by its name; say what was left out, and why."""
    brought = await reads.fetch_sought(
        repository, folder, commit, into, size_limit=SIZE_LIMIT, sought=_sought()
    )
    left_out = dict(brought.left_out)
    start = "" if folder in (".", "") else f"{folder}/"
    sizes = await reads.file_sizes(repository, commit)
    within = {path.removeprefix(start): size for path, size in sizes.items() if path.startswith(start)}
    if len(within) > MAX_FILES:
        left_out[folder] = f"it holds {len(within):,} files, and a release has at most {MAX_FILES:,}"
    for inner, size in islice(within.items(), MAX_FILES):
        if inner in left_out:
            continue
        try:
            is_there = await asyncio.to_thread(_stand_in, into, inner, size)
        except (SourceRefused, OSError):
            left_out[inner] = "it is at a path that no file can be written to"
        else:
            if not is_there:
                left_out[inner] = "it is looked at when the release is asked for"
    return left_out


def _sought() -> list[Reader]:
    """List the files that can be released; of weights what reads their headers."""
    looks = {reader.pattern: reader for reader in READERS if reader.look is not None}
    known = formats()
    names = [f"*{ending}" for kind in known if kind != "text_names" for ending in known[kind]]
    sought = []
    for name in (*names, *known["text_names"]):
        reads = looks.get(name) if any(name.removeprefix("*") in known[kind] for kind in WEIGHTS) else None
        for depth in range(DEEPEST):
            pattern = "/".join([*["*"] * depth, name])
            sought.append(Reader(pattern, _reads_nothing, look=reads.look if reads else None))
    return sought


def _reads_nothing(path: Path, file: str) -> Iterator[Fact]:
    yield from ()


def _stand_in(into: Path, inner: str, size: int) -> bool:
    """Have something stand at a path; False for what has to be looked at, and so has no stand-in."""
    # A tree made by hand may have any path, also one that leads out of the folder.
    path = Intake(into, size).path(inner)
    if path.exists():
        return True
    if kind_of(inner) is not None:
        return False
    with path.open("wb") as file:
        file.truncate(max(size, 1))
    return True


def _with_unseen(result: GateResult, unseen: dict[str, str]) -> GateResult:
    """Take back a gate's word for files when it did not see all of them."""
    if result.gate != FILES or not unseen:
        return result
    told = tuple(f"{path[:100]}: {reason}" for path, reason in sorted(unseen.items())[:SHOWN])
    outcome = result.outcome if result.outcome is Outcome.FAIL else Outcome.COULD_NOT_RUN
    return replace(result, outcome=outcome, evidence=(*told, *result.evidence))


def unreadable(problem: str) -> GateResult:
    """Say that the model's folder could not be looked at."""
    return GateResult(FILES, Outcome.COULD_NOT_RUN, (problem,))
