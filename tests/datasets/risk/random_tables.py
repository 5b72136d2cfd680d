"""Tables of random size and shape, the same for the same seed, to compare figures on."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RandomTable:
    """A table with its columns' parts."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]

    def write(self, path: Path) -> Path:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.columns)
            writer.writerows(self.rows)
        return path


def random_table(seed: int) -> RandomTable:
    """Make a table of 2 to 80 rows; every sensitive attribute has at least two values.

    With one value pycanon 1.3.6 divides by zero.
    """
    chance = random.Random(seed)
    rows = chance.randint(2, 80)
    quasi = tuple(f"q{number}" for number in range(chance.randint(1, 4)))
    sensitive = tuple(f"s{number}" for number in range(chance.randint(1, 2)))
    columns = [_column(chance, rows) for _ in quasi]
    for _ in sensitive:
        column = _column(chance, rows)
        while len(set(column)) < 2:
            column = _column(chance, rows)
        columns.append(column)
    return RandomTable((*quasi, *sensitive), tuple(zip(*columns, strict=True)), quasi, sensitive)


def _column(chance: random.Random, rows: int) -> list[str]:
    values = chance.randint(1, chance.choice((3, 8, 40)))
    match chance.choice(("whole", "quarters", "decimals", "words", "skewed")):
        case "whole":
            return [str(chance.randint(-values, values)) for _ in range(rows)]
        case "quarters":
            return [str(chance.randint(-values, values) / 4) for _ in range(rows)]
        case "decimals":
            return [repr(chance.gauss(0, 1000)) for _ in range(rows)]
        case "words":
            return [
                chance.choice(("flu", "cold", "Ärger", "a,b", 'say "x"', "two words")) for _ in range(rows)
            ]
        case _:
            return [f"w{int(chance.expovariate(1))}" for _ in range(rows)]
