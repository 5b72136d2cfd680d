"""Put together all that is said about the risk of one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.datasets.risk.advice import Advice, K, advise
from bot.datasets.risk.attribute_sets import AttributeSet, attribute_sets
from bot.datasets.risk.attributes import Attribute, propose, proposed
from bot.datasets.risk.classes import classes_of
from bot.datasets.risk.linkage import Key, Link, keys, links
from bot.datasets.risk.measures import Risk, measure
from bot.datasets.risk.tables import Table


@dataclass(frozen=True)
class Report:
    """What was measured, and what was proposed; ``None`` and empty where nothing was asked for."""

    attributes: tuple[Attribute, ...]
    risk: Risk | None = None
    """None when no quasi-identifiers are named: a k without a set that a person confirmed means nothing."""
    advice: Advice | None = None
    sets: tuple[AttributeSet, ...] = ()
    keys: tuple[Key, ...] = ()
    links: tuple[Link, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give the report as it stands in JSON, the figures at the top."""
        return {
            **(self.risk.as_dict() if self.risk else {}),
            "proposed": [one.as_dict() for one in self.attributes],
            "advice": self.advice.as_dict() if self.advice else None,
            "attribute_sets": [one.as_dict() for one in self.sets],
            "keys": [one.as_dict() for one in self.keys],
            "links": [one.as_dict() for one in self.links],
        }


def report(
    table: Table,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    *,
    aim: int = K,
    with_keys: bool = False,
    with_advice: bool = False,
    other: Table | None = None,
) -> Report:
    """Measure a table. Raises TableError.

    With no quasi-identifiers nothing is measured. What takes longer is done when asked for: keys, and advice
    on how to reach ``aim`` with the risk of every set of quasi-identifiers.
    """
    attributes = propose(table)
    own = keys(table, attributes) if with_keys or other else ()
    joined = links(table, own, other, keys(other, propose(other))) if other else ()
    found = Report(attributes, keys=own, links=joined)
    if not quasi:
        return found
    found = replace(found, risk=measure(table, quasi, sensitive, free_text=proposed(attributes, "free text")))
    if not with_advice:
        return found
    with classes_of(table, quasi) as classes:
        return replace(found, advice=advise(classes, aim), sets=attribute_sets(classes))
