"""The policy: what happens to each column of a table, as a document that can be read, kept and reviewed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.datasets.generalisations import Generalisation
from bot.documents import read_document

KEY_VARIABLE = "GIVEBACK_ANONYMIZE_KEY"
"""The environment variable that has the secret key where no file is named."""

_PLAIN = re.compile(r"(?!(?:true|false|yes|no|on|off|y|n|null)\Z)[a-z_][a-z0-9_]*", re.IGNORECASE)

FakeKind = Literal[
    "name", "first_name", "last_name", "email", "phone", "user_name", "city", "street", "ip_address"
]


class _Step(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Keep(_Step):
    """Leave the values as they are."""

    do: Literal["keep"] = "keep"


class Drop(_Step):
    """Leave the column out."""

    do: Literal["drop"] = "drop"


class Mask(_Step):
    """Put the name of its kind in place of every piece of personal data that the scan finds in a text."""

    do: Literal["mask"] = "mask"


class Hash(_Step):
    """Put a keyed hash (HMAC-SHA-256, RFC 2104) in place of each value; the data stay pseudonymous."""

    do: Literal["hash"] = "hash"
    group: str | None = Field(default=None, max_length=100)
    """Columns of one group give one value the same hash, in any file; else each column has its own."""


class Fake(_Step):
    """Put a made-up value in place of each value: the same value always gets the same one."""

    do: Literal["fake"] = "fake"
    kind: FakeKind
    group: str | None = Field(default=None, max_length=100)


class Shift(_Step):
    """Move days by as many days for all rows that have the same value in ``per``, so that intervals stay."""

    do: Literal["shift"] = "shift"
    days: int = Field(default=365, ge=1, le=3650)
    """By at most so many days, in either direction, and never by none."""
    per: str
    """The column that says which rows belong together, such as that of patients."""


class Generalise(_Step):
    """Say the values less exactly, as :class:`bot.datasets.generalisations.Generalisation` does."""

    do: Literal["band", "prefix", "decimals", "month", "year", "hide"]
    amount: int = Field(default=0, ge=0, le=10**15)
    """The width of a band, or how many characters or decimals stay."""
    top: int | None = None
    """Numbers from here on are said as one."""

    def generalisation(self) -> Generalisation:
        """Give the way it is done."""
        return Generalisation(self.do, self.amount, self.top)


Step = Annotated[Keep | Drop | Mask | Hash | Fake | Shift | Generalise, Field(discriminator="do")]


class Policy(_Step):
    """What happens to each column; a column that is not named is refused, so that none is forgotten."""

    version: Literal[1] = 1
    columns: dict[str, Step] = Field(min_length=1)

    @property
    def needs_key(self) -> bool:
        """Tell whether it takes a secret key."""
        return any(isinstance(step, Hash | Fake | Shift) for step in self.columns.values())


def read_policy(text: str | bytes) -> Policy:
    """Read a policy. Raises DocumentError with every problem, where it stands."""
    return read_document(text, Policy)


def write_policy(policy: Policy, why: Mapping[str, str]) -> str:
    """Write a policy as YAML, each column with the reason for what happens to it as a comment."""
    lines = [f"version: {policy.version}", "columns:"]
    for name, step in policy.columns.items():
        said = {"do": step.do, **step.model_dump(exclude_defaults=True, exclude={"do"})}
        inner = ", ".join(f"{key}: {_scalar(value)}" for key, value in said.items())
        reason = " ".join(why.get(name, "").split())
        lines.append(f"  {_scalar(name)}: {{{inner}}}" + (f"  # {reason}" if reason else ""))
    return "\n".join(lines) + "\n"


def _scalar(value: object) -> str:
    """Write a value in YAML 1.2: a text plainly where that can mean nothing else, else in double quotes."""
    if not isinstance(value, str) or _PLAIN.fullmatch(value):
        return str(value)
    return '"' + "".join(one if _is_itself(one) else f"\\U{ord(one):08x}" for one in value) + '"'


def _is_itself(character: str) -> bool:
    return character.isprintable() and character not in '"\\'
