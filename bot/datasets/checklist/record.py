"""The record of a checklist, as JSON beside the data: what was found, in which data, and who signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.datasets.checklist.assess import Assessed
from bot.datasets.checklist.evidence import Evidence
from bot.datasets.checklist.sign_off import Signer, SignOff, SignOffs, judge_sign_offs
from bot.datasets.checklist.states import State
from bot.datasets.risk.advice import K
from bot.datasets.risk.charts import SETS_SHOWN, rows_by_class_size

REVIEWED = 41
"""The item that says somebody other than the author reviewed the data."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordedFile(_Part):
    """One file that the checklist is about."""

    path: str
    sha256: str
    bytes: int


class Data(_Part):
    """Which data the checklist is about."""

    digest: str = Field(description="SHA-256 over the lines `SHA-256  path` of all files, by path.")
    files: tuple[RecordedFile, ...]


class Covered(_Part):
    """How much of the data was scanned."""

    complete: bool
    files: int
    rows: int
    bytes: int
    not_scanned: tuple[str, ...] = ()


class RecordedSet(_Part):
    """What somebody who knows these columns of everybody could do."""

    columns: tuple[str, ...]
    k: int
    unique_share: float


class RecordedRisk(_Part):
    """What was measured of one table."""

    file: str
    rows: int
    k: int
    unique_rows: int
    rows_in_small_classes: int
    smallest_l: int | None = None
    largest_t: float | None = None
    rows_by_class_size: dict[str, int] = Field(
        default={}, description="Rows in classes of each size; the sizes are written such as `3 to 4`."
    )
    attribute_sets: tuple[RecordedSet, ...] = Field(
        default=(), description="Sets of quasi-identifiers, the riskiest first."
    )


class RecordedItem(_Part):
    """One item with its state; ``ticked_by`` are those who decided it."""

    number: int
    title: str
    needs_person: bool
    state: State
    evidence: str
    ticked_by: str = ""


class Record(_Part):
    """All that a release or a reader has to know of a dataset's checklist; it holds no value of the data."""

    record: Literal["giveback-dataset-checklist"] = "giveback-dataset-checklist"
    version: Literal[1] = 1
    checklist: str
    rules: str = Field(description="Version of the rules that the data were scanned with.")
    data: Data
    coverage: Covered
    quasi_identifiers: tuple[str, ...] = ()
    quasi_identifiers_confirmed_by: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    k_asked_for: int = Field(default=K, description="Classes of fewer rows count as small.")
    risk: tuple[RecordedRisk, ...] = ()
    items: tuple[RecordedItem, ...]
    authors: tuple[Signer, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()

    def as_json(self) -> str:
        """Write the record; the same record is always the same text."""
        return self.model_dump_json(indent=2) + "\n"


def make_record(
    checklist: str,
    assessed: Iterable[Assessed],
    evidence: Evidence,
    *,
    ticks: Mapping[int, str] | None = None,
    authors: Iterable[Signer] = (),
    sign_offs: Iterable[SignOff] = (),
) -> Record:
    """Put a record together; ``ticks`` names who ticked an item, which counts only where a person decides."""
    ticked = ticks or {}
    coverage = evidence.scan.coverage
    return Record(
        checklist=checklist,
        rules=evidence.scan.rules,
        data=Data(
            digest=evidence.digest,
            files=tuple(
                RecordedFile(path=one.path, sha256=one.sha256, bytes=one.bytes) for one in evidence.files
            ),
        ),
        coverage=Covered(
            complete=evidence.scan.complete,
            files=len(coverage),
            rows=sum(one.rows for one in coverage),
            bytes=sum(one.bytes for one in coverage),
            not_scanned=tuple(one.file for one in evidence.not_scanned),
        ),
        quasi_identifiers=evidence.quasi,
        quasi_identifiers_confirmed_by=evidence.confirmed_by,
        sensitive=evidence.sensitive,
        k_asked_for=evidence.aim,
        risk=tuple(
            RecordedRisk(
                file=file,
                rows=risk.rows,
                k=risk.k,
                unique_rows=risk.unique_rows,
                rows_in_small_classes=risk.rows_below(evidence.aim),
                smallest_l=risk.l,
                largest_t=risk.t,
                rows_by_class_size=rows_by_class_size(risk.sizes),
                attribute_sets=tuple(
                    RecordedSet(columns=one.columns, k=one.k, unique_share=one.unique_share)
                    for one in report.sets[:SETS_SHOWN]
                ),
            )
            for file, report in evidence.reports
            if (risk := report.risk)
        ),
        items=tuple(
            RecordedItem(
                number=one.item.number,
                title=one.item.title,
                needs_person=one.item.needs_person,
                state=one.state,
                evidence=one.evidence,
                ticked_by=ticked.get(one.item.number, "") if one.state is State.NEEDS_PERSON else "",
            )
            for one in assessed
        ),
        authors=tuple(authors),
        sign_offs=tuple(sign_offs),
    )


class Standing(_Part):
    """Whether the data can be given away by this record, and what stands against it."""

    green: bool
    against: tuple[int, ...]
    """Items with evidence against them."""
    open: tuple[int, ...]
    """Items that nobody has decided."""
    missing: str


def standing(record: Record) -> Standing:
    """Judge a record: nothing against it, everything decided, all scanned, and signed by another person."""
    signed = sign_offs_of(record)
    against = tuple(one.number for one in record.items if one.state is State.AGAINST)
    # that somebody reviewed is what the sign-off itself says
    left = tuple(
        one.number
        for one in record.items
        if one.state is State.NEEDS_PERSON
        and not one.ticked_by
        and not (one.number == REVIEWED and signed.enough)
    )
    missing = signed.missing or ("" if record.coverage.complete else "Not everything was scanned.")
    return Standing(
        green=not against and not left and not missing, against=against, open=left, missing=missing
    )


def sign_offs_of(record: Record) -> SignOffs:
    """Judge the sign-offs of a record by the data and rules it is about."""
    return judge_sign_offs(
        record.sign_offs, authors=record.authors, digest=record.data.digest, rules=record.rules
    )


def json_schema() -> dict[str, Any]:
    """Give the published schema of a record."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema()}
