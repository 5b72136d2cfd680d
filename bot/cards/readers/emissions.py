"""Read what codecarbon measured, from the ``emissions.csv`` it adds rows to."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import CannotRead, open_file, text
from bot.cards.facts import Fact

MAX_BYTES = 4 * 1024 * 1024

_NUMBERS = {
    "emissions": "emissions",
    "energy_consumed": "emissions_energy",
    "duration": "emissions_duration",
}
_TEXTS = {
    "country_iso_code": "emissions_country",
    "region": "emissions_region",
    "cloud_provider": "emissions_cloud_provider",
    "cloud_region": "emissions_cloud_region",
    "cpu_model": "emissions_cpu",
    "gpu_model": "emissions_gpu",
    "gpu_count": "emissions_gpu_count",
    "tracking_mode": "emissions_tracking",
    "codecarbon_version": "codecarbon_version",
}
_NUMBER = re.compile(r"[0-9]{0,30}(?:\.[0-9]{0,30})?(?:[eE][-+]?[0-9]{1,3})?")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the sums over all runs, then where and on what all of them ran. Raises CannotRead."""
    runs = _runs(_rows(path))
    if not runs:
        raise CannotRead("it has no measurement")
    rows = f" (rows {','.join(map(str, runs))})" if list(runs) != [1] else ""
    for column, name in _NUMBERS.items():
        if all(column in row for row in runs.values()):
            total = math.fsum(_number(row[column], column) for row in runs.values())
            yield Fact(name, total, file, f"{column}{rows}")
    for column, name in _TEXTS.items():
        said = {row.get(column) or "" for row in runs.values()}
        value = text(said.pop()) if len(said) == 1 else None
        if value:
            yield Fact(name, value, file, column)


def _rows(path: Path) -> list[dict[str, str]]:
    with open_file(path) as content:
        raw = content.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise CannotRead(f"it is larger than {MAX_BYTES} bytes")
    try:
        rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        header = next(rows, [])
        if "emissions" not in header or len(set(header)) != len(header):
            raise CannotRead("it has no column emissions, or a column twice")
        return [dict(zip(header, row, strict=True)) for row in rows if row]
    except UnicodeDecodeError:
        raise CannotRead("it is not UTF-8 text") from None
    except (csv.Error, ValueError):
        raise CannotRead("a row in it does not fit its columns") from None


def _runs(rows: list[dict[str, str]]) -> dict[int, dict[str, str]]:
    """Give the last row of each run by its number: every row of a run counts from its start."""
    last = {row.get("run_id") or str(number): number for number, row in enumerate(rows, 1)}
    return {number: rows[number - 1] for number in last.values()}


def _number(value: str, column: str) -> float:
    if _NUMBER.fullmatch(value) and any(map(str.isdigit, value)):
        try:
            taken = float(value)
        except ValueError:
            taken = math.inf
        if math.isfinite(taken):
            return taken
    raise CannotRead(f"a row in it has no number of {column}")
