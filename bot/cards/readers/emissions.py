"""Read what codecarbon measured, from the ``emissions.csv`` it adds rows to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import CannotRead, number, text
from bot.cards.facts import Fact
from bot.cards.tables import read_rows
from bot.cards.written import written

MAX_BYTES = 4 * 1024 * 1024
MAX_NUMBER = 1e15
"""More than this nobody emits, uses or waits."""

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


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the sums over all runs, then where and on what all of them ran. Raises CannotRead."""
    runs = _runs(read_rows(path, MAX_BYTES))
    if not all("emissions" in row for row in runs.values()):
        raise CannotRead("it has no column emissions")
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


def _runs(rows: list[dict[str, str]]) -> dict[int, dict[str, str]]:
    """Give the last row of each run by its number: every row of a run counts from its start."""
    last = {row.get("run_id") or str(number): number for number, row in enumerate(rows, 1)}
    return {number: rows[number - 1] for number in last.values()}


def _number(value: str, column: str) -> float:
    taken = number(written(value))
    if taken is None or not 0 <= taken <= MAX_NUMBER:
        raise CannotRead(f"a row in it has no number of {column}")
    return taken
