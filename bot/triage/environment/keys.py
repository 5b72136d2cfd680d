"""The labels of environment dumps, from ``data/environment-keys.yml``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.documents import read_document
from bot.triage.environment.versions import normalised

_MARKS = re.compile(r"^[^\w]{1,8}")
MAX_LABEL = 60
"""Characters of the longest label read."""


class Shape(BaseModel):
    """How a block of ``label: value`` lines begins and goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: tuple[str, ...]
    parts: Literal["loose", "strict"]
    packages_under: str = ""


class Keys(BaseModel):
    """The table of labels; what the values mean is documented in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    blocks: dict[str, Shape]
    keys: dict[str, str]
    stated: dict[str, str]
    aliases: dict[str, str]
    empty: frozenset[str]

    def package(self, name: str) -> str:
        """Give the name a package goes by here: normalised, aliases followed."""
        plain = normalised(name)
        return self.aliases.get(plain, plain)

    def says_nothing(self, value: str) -> bool:
        """Tell whether a value is one of those printed where nothing is known."""
        return value.strip().strip("`*_").lower() in self.empty


@cache
def standard_keys() -> Keys:
    """Read the table that comes with the package."""
    return read_document(files("bot.triage").joinpath("data/environment-keys.yml").read_bytes(), Keys)


def split_label(text: str) -> tuple[str, str] | None:
    """Split ``- `transformers` version: 4.57.1`` into its label and its value; None without a label."""
    bare = text.strip().lstrip("-*•# \t")
    label, colon, value = bare.partition(":")
    if not colon or len(label) > MAX_LABEL + 40:
        return None
    plain = plain_label(label)
    return (plain, value.strip()) if 0 < len(plain) <= MAX_LABEL else None


def plain_label(label: str) -> str:
    """Write a label in lower case, without marks and without what stands in brackets at its end."""
    plain = _MARKS.sub("", label.replace("`", "").replace("*", "")).strip().lower()
    if plain.endswith(")") and "(" in plain:
        plain = plain[: plain.index("(")]
    return " ".join(plain.split())
