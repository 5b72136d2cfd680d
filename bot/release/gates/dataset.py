"""Gate: data have a checklist that is done, for exactly these data: those released, and the owner's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pydantic import ValidationError

from bot.datasets.checklist.evidence import DESCRIPTIONS, OWN_FILES, RECORD, digest_of
from bot.datasets.checklist.record import Record, standing
from bot.hub.jobs import KeptData
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import Manifest

NAME = "dataset"

MAX_RECORD = 16 * 1024 * 1024
"""Bytes of a record read at most."""

_NO_DATA = DESCRIPTIONS | OWN_FILES | {".gitattributes", ".gitignore", "LICENSE", "LICENSE.md", "LICENSE.txt"}
"""Files beside data that a checklist need not list."""
_NAMED = 5


def check(candidate: Candidate) -> GateResult:
    """Read every checklist's record, and hold it against the files that stand beside it.

    That is every one released with the model, and those of the datasets on the Hub that have the same owner.
    """
    records = [file.path for file in candidate.files if PurePosixPath(file.path).name == RECORD]
    wrong = [f"{path}: {reason}" for path in records for reason in _of_release(candidate, path)]
    done = [f"{path}: done and signed for these files" for path in records]
    unknown: list[str] = []
    own = own_datasets(candidate.manifest) if candidate.manifest else ()
    if own and candidate.data is None:
        unknown.append(f"the Hub was not asked for the checklists of {', '.join(own)}")
    for data in candidate.data or ():
        if data.is_beyond:
            unknown.append(f"the dataset {data.id} is one too many to look up")
        elif reasons := [f"the dataset {data.id}: {reason}" for reason in _of_dataset(data)]:
            wrong += reasons
        else:
            done.append(f"the dataset {data.id}: done and signed for the files it has now")
    if wrong:
        remedy = "Finish the checklist on a pull request, have somebody sign it, and keep its record there."
        return GateResult(NAME, Outcome.FAIL, (*wrong, *unknown), remedy, waivable=True)
    if unknown:
        remedy = "Start again when the Hub answers, or have a maintainer waive it."
        return GateResult(NAME, Outcome.COULD_NOT_RUN, (*unknown, *done), remedy, waivable=True)
    return GateResult(
        NAME, Outcome.PASS, tuple(done) or ("neither data nor a dataset of its owner's go with it",)
    )


def own_datasets(declared: Manifest) -> tuple[str, ...]:
    """Name the datasets that have the model's owner, whose checklists are the owner's business."""
    owner = declared.hub_id.partition("/")[0].casefold()
    return tuple(one for one in declared.datasets if one.partition("/")[0].casefold() == owner)


def _of_release(candidate: Candidate, path: str) -> Iterator[str]:
    place = candidate.folder / path
    if place.stat().st_size > MAX_RECORD:
        yield "it is too large to be a record"
        return
    there = {file.path: file.sha256 for file in candidate.files}
    yield from _against(place.read_bytes(), path, there)


def _of_dataset(data: KeptData) -> Iterator[str]:
    """Yield what stands against a dataset on the Hub, files that its checklist does not know among them."""
    if not data.is_found:
        yield "it is not to be seen on the Hub, so neither is its checklist"
        return
    if not data.record:
        yield f"{data.place} is too large to be a record" if data.place else f"it has no {RECORD}"
        return
    unseen = [file.path for file in data.files if not file.sha256]
    if unseen:
        yield f"it has too many bytes outside of Git LFS to look at {', '.join(unseen[:_NAMED])}"
        return
    there = {file.path: file.sha256 for file in data.files}
    reasons = list(_against(data.record.encode(), data.place, there))
    yield from reasons
    if reasons:
        return
    folder = PurePosixPath(data.place).parent
    listed = {(folder / one.path).as_posix() for one in Record.model_validate_json(data.record).data.files}
    further = [path for path in there if path not in listed and PurePosixPath(path).name not in _NO_DATA]
    if further:
        yield f"its checklist is not about {', '.join(further[:_NAMED])}"


def _against(content: bytes, path: str, there: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands against a record at ``path``, beside files with these hashes."""
    try:
        record = Record.model_validate_json(content)
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
    changed = [
        one.path for one in record.data.files if there.get((folder / one.path).as_posix()) != one.sha256
    ]
    listed = digest_of((one.path, one.sha256) for one in record.data.files)
    if changed or record.data.digest != listed:
        which = ", ".join(changed[:_NAMED]) or "its own list"
        yield f"files changed since it was made, or are missing: {which}"
