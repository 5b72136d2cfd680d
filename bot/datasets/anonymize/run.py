"""Carry a policy out on one file, and scan what came of it as strictly as what was there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import orjson

from bot.datasets.anonymize import rows
from bot.datasets.anonymize.policy import KEY_VARIABLE, Mask, Policy, Shift
from bot.datasets.anonymize.rows import Row
from bot.datasets.anonymize.transforms import Transform, masked_within, transform
from bot.datasets.detection import Detector, detector_of
from bot.datasets.findings import Scan, Tier
from bot.datasets.kinds import known_kinds
from bot.datasets.scanning import scan

SHORTEST_KEY = 16
"""Bytes of a key at least; RFC 2104 advises against fewer than the hash has (32), and this is half."""


class PolicyError(Exception):
    """Say how a policy does not fit a table."""


@dataclass(frozen=True)
class Change:
    """How many pieces of personal data of one kind there were, and are."""

    kind: str
    tier: Tier
    before: int
    after: int


@dataclass(frozen=True)
class Result:
    """What came of it: counts before and after, and no value."""

    rows: int
    changes: tuple[Change, ...]
    complete: bool
    """Whether both files were scanned to their end."""

    @property
    def left(self) -> int:
        """Count the verified pieces that are left."""
        return sum(one.after for one in self.changes if one.tier is Tier.VERIFIED)

    def as_dict(self) -> dict[str, Any]:
        """Give the result as it stands in JSON."""
        return {
            "rows": self.rows,
            "complete": self.complete,
            "verified_left": self.left,
            "changes": [
                {"kind": one.kind, "tier": one.tier.value, "before": one.before, "after": one.after}
                for one in self.changes
            ],
        }


def anonymize(source: Path, target: Path, policy: Policy, key: bytes = b"") -> Result:
    """Write ``target`` from ``source`` by a policy; the same key and policy give the same bytes.

    ``target`` appears only once it is whole. Raises PolicyError and RowsError, and FileExistsError when
    there is a ``target`` already.
    """
    _check_paths(source, target)
    if policy.needs_key and len(key) < SHORTEST_KEY:
        raise PolicyError(
            f"the policy needs a secret key of at least {SHORTEST_KEY} bytes, such as `openssl rand -hex 32` "
            f"gives: name its file with --key-file, or put it into {KEY_VARIABLE}"
        )
    columns = rows.columns_of(source)
    _check_columns(policy, columns)
    detector = detector_of(known_kinds())
    steps = {column: transform(column, policy.columns[column], key, detector) for column in columns}
    masked = {column: detector for column in columns if isinstance(policy.columns[column], Mask)}
    written = 0
    with _whole_or_nothing(target) as file:
        kept = [column for column, step in steps.items() if step is not None]
        write = rows.writer(target, kept, file, source)
        for some in rows.read(source):
            write(_transformed(some, steps, masked))
            written += len(some)
    before, after = scan([source], root=source.parent), scan([target], root=target.parent)
    return Result(written, _changes(before, after), before.complete and after.complete)


def _check_paths(source: Path, target: Path) -> None:
    known = {*rows.DELIMITED, *rows.LINES, rows.PARQUET}
    for path in (source, target):
        if rows.suffix(path) not in known:
            raise PolicyError(
                f"{path.name} is no table this can be done to; one ends with {', '.join(sorted(known))}"
            )
    if target.suffix.lower() == ".gz":
        raise PolicyError(f"{target.name} would be compressed; name a file that is not")
    if (rows.suffix(source) in rows.DELIMITED) != (rows.suffix(target) in rows.DELIMITED):
        raise PolicyError(f"{source.name} and {target.name} are of different formats")
    if target.exists():
        raise FileExistsError(f"there is a {target.name} already; remove it, or name another file")


def _check_columns(policy: Policy, columns: tuple[str, ...]) -> None:
    forgotten = [column for column in columns if column not in policy.columns]
    if forgotten:
        raise PolicyError(
            f"the policy says nothing of {', '.join(forgotten)}; to leave one as it is say keep"
        )
    unknown = [column for column in policy.columns if column not in columns]
    per = {step.per for step in policy.columns.values() if isinstance(step, Shift)}
    if missing := [*unknown, *sorted(per - set(columns))]:
        raise PolicyError(f"the table has no column called {', '.join(missing)}")


def _transformed(
    some: list[Row], steps: Mapping[str, Transform | None], masked: Mapping[str, Detector]
) -> list[Row]:
    """Change the rows column by column; a row without a key stays without it.

    What is masked within lists and objects leaves them as they are built.
    """
    texts = {column: [_text(row.get(column)) for row in some] for column in steps}
    made: list[Row] = [{} for _ in some]
    for column, step in steps.items():
        if step is None:
            continue
        for row, new, text, said in zip(some, made, texts[column], step(texts), strict=True):
            if column not in row:
                continue
            value = row[column]
            if column in masked and isinstance(value, list | dict):
                new[column] = masked_within(value, masked[column])
            else:
                new[column] = value if said == text else said
    return made


def _text(value: object) -> str:
    """Say a value as a text, the way it stands in the file."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[TextIO]:
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        rows.finish(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _changes(before: Scan, after: Scan) -> tuple[Change, ...]:
    counted = [Counter[tuple[str, Tier]](), Counter[tuple[str, Tier]]()]
    for counter, found in zip(counted, (before, after), strict=True):
        for one in found.counts:
            counter[one.kind, one.tier] += one.count
    every = sorted({*counted[0], *counted[1]})
    return tuple(Change(kind, tier, counted[0][kind, tier], counted[1][kind, tier]) for kind, tier in every)
