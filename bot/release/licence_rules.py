"""What the licences of base models ask of a model made from them: the table, read and checked."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.cards import licences
from bot.documents import read_document


class LicenceRule(BaseModel):
    """Hold one row of ``licence_rules.yml``, which says what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    children: Literal["any", "none"] | list[str]
    ids: list[str] = []
    names: list[str] = []
    text: Literal["file", "tag"] | None = None
    notice: str | None = None
    prefix: str | None = None
    display: list[str] = []
    changes: bool = False
    outputs: bool = False
    review: str | None = None
    remarks: list[str] = []


class LicenceRules(BaseModel):
    """Hold the whole table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: dict[str, list[str]] = Field(description="Licences that rules name together, as @name.")
    licences: dict[str, LicenceRule]

    def key_of(self, licence: str, name: str | None = None) -> str | None:
        """Name the licence as the rules do; None for one they do not know.

        That is the Hub's id, and for ``other`` the row whose ``names`` have its name.
        """
        if licence == licences.OTHER:
            return self._by_name().get(_plain(name or ""))
        return licence if licence in self._by_id() else None

    def rule_of(self, licence: str, name: str | None = None) -> LicenceRule | None:
        """Give the rule of a licence; None when the table has none."""
        key = self.key_of(licence, name)
        return None if key is None else self.licences[self._by_id()[key]]

    def allows(self, rule: LicenceRule, child: str | None) -> bool:
        """Tell whether the rule lets a model be released under ``child``, named as :meth:`key_of` does."""
        if rule.children in ("any", "none"):
            return rule.children == "any"
        allowed: set[str] = set()
        for one in rule.children:
            allowed |= set(self.groups[one[1:]]) if one.startswith("@") else {one}
        return child is not None and child in allowed

    def _by_id(self) -> dict[str, str]:
        return {one: key for key, rule in self.licences.items() for one in (key, *rule.ids)}

    def _by_name(self) -> dict[str, str]:
        return {_plain(one): key for key, rule in self.licences.items() for one in rule.names}


@cache
def licence_rules() -> LicenceRules:
    """Read the table that comes with the package."""
    return read_document(files("bot.release").joinpath("licence_rules.yml").read_bytes(), LicenceRules)


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
