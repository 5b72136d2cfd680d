"""Ways to say a value less exactly, each as a function of a text and as SQL that gives the same."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

Method = Literal["band", "prefix", "decimals", "month", "year", "hide"]

NUMBER = r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})"
"""A number that can be rounded, in the syntax that Python and RE2 have in common."""
DAY = r"([0-9]{4})-(0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ](?s:.){0,40})?"
"""A day as ISO 8601 writes it, perhaps with a time."""
_NUMBER, _DAY = re.compile(NUMBER), re.compile(DAY)

HIDDEN = "*"
"""What stands for a value that says nothing any more, or that is not of the kind its column should have."""


@dataclass(frozen=True)
class Generalisation:
    """One way to say the values of a column less exactly.

    ``amount`` is the width of a band, the characters of a prefix that stay, or the decimals that stay; the
    other methods have none. A number from ``top`` on is said as ``90+`` (45 CFR 164.514(b)(2)(i)(C) asks for
    that of ages over 89).
    """

    method: Method
    amount: int = 0
    top: int | None = None

    def __str__(self) -> str:
        """Say it in a few words."""
        words = {
            "band": f"bands of {self.amount}",
            "prefix": f"first {self.amount} characters",
            "decimals": f"{self.amount} decimals",
            "month": "year and month",
            "year": "year alone",
            "hide": "left out",
        }[self.method]
        return words + (f", {self.top} and over as one" if self.top is not None else "")

    def of(self, text: str) -> str:
        """Say one value less exactly; an empty one stays, one of another kind than meant is hidden."""
        if text == "":
            return ""
        match self.method:
            case "band" | "decimals" if _NUMBER.fullmatch(text):
                return self._of_number(float(text))
            case "prefix":
                return text[: self.amount] + HIDDEN if len(text) > self.amount else text
            case "month" | "year" if day := _DAY.fullmatch(text):
                return f"{day[1]}-{day[2]}" if self.method == "month" else day[1]
            case _:
                return HIDDEN

    def _of_number(self, number: float) -> str:
        if self.top is not None and number >= self.top:
            return f"{self.top}+"
        if self.method == "decimals":
            return f"{number:.{self.amount}f}"
        low = math.floor(number / self.amount) * self.amount
        return f"[{low}, {low + self.amount})"

    def sql(self, name: str) -> str:
        """Write it in DuckDB's SQL, for a column of text called ``name``."""
        is_number = f"regexp_full_match({name}, '{NUMBER}')"
        is_day = f"regexp_full_match({name}, '{DAY}')"
        number = f"TRY_CAST({name} AS DOUBLE)"
        top = ""
        if self.top is not None:
            top = f"WHEN {is_number} AND {number} >= {self.top} THEN '{self.top}+'"
        match self.method:
            case "band":
                low = f"CAST(floor({number} / {self.amount}) * {self.amount} AS HUGEINT)"
                said = f"{top} WHEN {is_number} THEN '[' || {low} || ', ' || ({low} + {self.amount}) || ')'"
            case "decimals":
                said = f"{top} WHEN {is_number} THEN format('{{:.{self.amount}f}}', {number})"
            case "prefix":
                kept = f"left({name}, {self.amount})"
                said = f"WHEN length({name}) > {self.amount} THEN {kept} || '{HIDDEN}' ELSE {name}"
            case "month":
                said = f"WHEN {is_day} THEN left({name}, 7)"
            case "year":
                said = f"WHEN {is_day} THEN left({name}, 4)"
            case "hide":
                said = ""
        otherwise = "" if self.method == "prefix" else f"ELSE '{HIDDEN}'"
        return f"CASE WHEN {name} IS NULL OR {name} = '' THEN {name} {said} {otherwise} END"
