"""Gate: data that are released with the model have a checklist that is done, for exactly these data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import ValidationError

from bot.datasets.checklist.evidence import RECORD, digest_of
from bot.datasets.checklist.record import Record, standing
from bot.release.gates.results import Candidate, GateResult, Outcome

NAME = "dataset"

MAX_RECORD = 16 * 1024 * 1024
"""Bytes of a record read at most."""


def check(candidate: Candidate) -> GateResult:
    """Read every record of a dataset checklist, and hold it against the files that stand beside it."""
    records = [file.path for file in candidate.files if PurePosixPath(file.path).name == RECORD]
    if not records:
        return _judged(candidate, ("no dataset checklist comes with it",))
    wrong = [f"{path}: {reason}" for path in records for reason in _reasons_against(candidate, path)]
    if wrong:
        remedy = "Finish the checklist on a pull request, have somebody sign it, and merge its record."
        return GateResult(NAME, Outcome.FAIL, tuple(wrong), remedy, waivable=True)
    return _judged(candidate, tuple(f"{path}: done and signed for these files" for path in records))


def _judged(candidate: Candidate, seen: tuple[str, ...]) -> GateResult:
    """Pass, and remark on data of the same owner that lie elsewhere, since nobody looked at them."""
    declared = candidate.manifest
    owner = declared.hub_id.partition("/")[0].casefold() if declared else None
    named = declared.datasets if declared else []
    own = [one for one in named if one.partition("/")[0].casefold() == owner]
    if own:
        unseen = f"whether the checklists of {', '.join(own)} are done was not looked at"
        return GateResult(NAME, Outcome.WARN, (unseen, *seen))
    return GateResult(NAME, Outcome.PASS, seen)


def _reasons_against(candidate: Candidate, path: str) -> Iterator[str]:
    place = candidate.folder / path
    if place.stat().st_size > MAX_RECORD:
        yield "it is too large to be a record"
        return
    try:
        record = Record.model_validate_json(place.read_bytes())
    except ValidationError:
        yield "it is no record of a dataset checklist"
        return
    found = standing(record)
    if found.against:
        yield f"items with evidence against them: {', '.join(map(str, found.against))}"
    if found.open:
        yield f"items that nobody decided: {', '.join(map(str, found.open))}"
    if found.missing:
        yield found.missing.removesuffix(".")
    folder = PurePosixPath(path).parent
    released = {file.path: file.sha256 for file in candidate.files}
    changed = [
        one.path for one in record.data.files if released.get((folder / one.path).as_posix()) != one.sha256
    ]
    listed = digest_of((one.path, one.sha256) for one in record.data.files)
    if changed or record.data.digest != listed:
        yield f"files changed since it was made, or are missing: {', '.join(changed[:5]) or 'its own list'}"
