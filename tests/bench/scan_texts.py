"""Make up the texts that scans are measured on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from stdnum import luhn

from tests.accuracy import look_alikes

_SYLLABLES = ["".join((first, second)) for first in "bdfgklmnprstv" for second in "aeiou"]
WORDS = 80
"""Words of a line on average, about 560 characters."""


def mixed(size: int, seed: int = 0) -> Iterator[str]:
    """Give at least ``size`` characters: one piece of personal data to 0.6 KB, half as many look-alikes."""
    chance = random.Random(seed)
    words = _vocabulary(chance)
    others = look_alikes.lines(size, seed)
    while size > 0:
        line = " ".join(chance.choices(words, k=chance.randint(WORDS - 20, WORDS)))
        line = f"{line} {_item(chance)} {' '.join(chance.choices(words, k=20))}"
        if chance.random() < 0.5:
            line = f"{line} {' '.join(next(others).split()[4:12])}"
        size -= len(line) + 1
        yield line


def plain(size: int, seed: int = 0) -> Iterator[str]:
    """Give at least ``size`` characters of words alone."""
    chance = random.Random(seed)
    words = _vocabulary(chance)
    while size > 0:
        line = " ".join(chance.choices(words, k=WORDS))
        size -= len(line) + 1
        yield line


def dense(path: Path, rows: int, seed: int = 0) -> None:
    """Write a CSV whose every row has seven identifiers, a text and three columns that many rows share."""
    chance = random.Random(seed)
    words = _vocabulary(chance)
    block = []
    for _ in range(min(rows, 50_000)):
        text = " ".join(chance.choices(words, k=14))
        block.append(
            f"{chance.choice(words)}.{chance.choice(words)}@{chance.choice(words)}-corp.com,"
            f"+1 {chance.randint(2, 9)}12 {chance.randint(200, 999)} {chance.randint(1000, 9999)},"
            f"{_card(chance)},"
            f"{chance.randint(100, 599)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)},{_ip(chance)},"
            f"GB82WEST12345698765432,00:1b:44:{chance.randint(10, 99)}:{chance.randint(10, 99)}:b7,{text},"
            f"{chance.randint(18, 89)},{chance.randint(10000, 10400)},{chance.choice('FM')}\n"
        )
    with path.open("w") as file:
        file.write("email,phone,card,ssn,ip,iban,mac,note,age,zip,sex\n")
        for _ in range(max(1, rows // len(block))):
            file.writelines(block)


def write(path: Path, lines: Iterator[str]) -> None:
    """Write lines as text, or as JSON lines where the name says so."""
    with path.open("w") as file:
        for number, line in enumerate(lines):
            file.write((json.dumps({"id": number, "text": line}) if path.suffix == ".jsonl" else line) + "\n")


def _vocabulary(chance: random.Random) -> list[str]:
    return ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 5))) for _ in range(5_000)]


def _item(chance: random.Random) -> str:
    return chance.choice(
        (
            lambda: f"mail {chance.choice(_SYLLABLES)}{chance.randint(1, 999)}@{_corp(chance)}",
            lambda: f"call {chance.randint(2, 9)}12-{chance.randint(200, 999)}-{chance.randint(1000, 9999)}",
            lambda: f"from {_ip(chance)}",
            lambda: f"card {_card(chance)}",
            lambda: f"SSN {chance.randint(100, 599)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}",
            lambda: "IBAN GB82 WEST 1234 5698 7654 32",
            lambda: f"mac 00:1b:44:{chance.randint(10, 99)}:3a:b7",
        )
    )()


def _corp(chance: random.Random) -> str:
    return f"{chance.choice(_SYLLABLES)}-corp.com"


def _ip(chance: random.Random) -> str:
    return (
        f"{chance.randint(11, 99)}.{chance.randint(1, 254)}.{chance.randint(1, 254)}.{chance.randint(1, 254)}"
    )


def _card(chance: random.Random) -> str:
    number = "4" + "".join(chance.choices("0123456789", k=14))
    return number + luhn.calc_check_digit(number)
