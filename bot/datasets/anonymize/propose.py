"""Propose a policy from what a scan found and what columns seem to be; a person decides what of it stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.datasets.anonymize.policy import Drop, Generalise, Hash, Keep, Mask, Policy, Step
from bot.datasets.findings import Column, Scan
from bot.datasets.header import NO_PLAIN_HEADER, are_unnamed
from bot.datasets.kinds import Kind, known_kinds
from bot.datasets.risk.advice import Advice
from bot.datasets.risk.attributes import Attribute, propose, proposed
from bot.datasets.risk.report import report
from bot.datasets.risk.tables import TableError, open_table
from bot.datasets.scanning import scan
from bot.documents import read_document

MOST = 0.9
"""Share of filled cells that must be one kind before a short column is taken to be of it."""


class _Proposals(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    items: dict[int, Step]


@cache
def _by_item() -> Mapping[int, Step]:
    return read_document(Path(__file__).with_name("proposals.yml").read_bytes(), _Proposals).items


def propose_for(
    source: Path, kinds: tuple[Kind, ...] | None = None, quasi: Sequence[str] = ()
) -> tuple[Policy, dict[str, str]]:
    """Scan and measure a table, and propose a policy for it; without ``quasi`` by the ones that are proposed.

    Raises TableError.
    """
    looked_for = known_kinds() if kinds is None else kinds
    found = scan([source], looked_for, root=source.parent)
    with open_table(source) as table:
        if are_unnamed([one.name for one in found.columns], table.columns):
            raise TableError(NO_PLAIN_HEADER)
        attributes = propose(table)
        by = quasi or proposed(attributes, "quasi-identifier")
        advice = report(table, by, with_advice=True).advice if by else None
    return propose_policy(attributes, found, looked_for, advice)


def propose_policy(
    attributes: tuple[Attribute, ...], scan: Scan, kinds: tuple[Kind, ...], advice: Advice | None = None
) -> tuple[Policy, dict[str, str]]:
    """Propose what happens to each column, and say why, for one table that was scanned.

    Quasi-identifiers are generalised as far as the advice goes; without advice they are kept.
    """
    found = {one.column: _all_of(one.column, scan.columns) for one in attributes}
    item_of = {kind.name: kind.item for kind in kinds}
    plan = advice.path[-1].plan if advice and advice.path else {}
    steps: dict[str, Step] = {}
    why: dict[str, str] = {}
    for one in attributes:
        column = found[one.column]
        if one.column in plan:
            way = plan[one.column]
            steps[one.column] = Generalise(do=way.method, amount=way.amount, top=way.top)
            why[one.column] = f"with the others it gives k = {advice.path[-1].gives.k}" if advice else ""
        else:
            steps[one.column], why[one.column] = _step(one, column, item_of)
    return Policy(columns=steps), why


def _all_of(name: str, columns: Sequence[Column]) -> Column | None:
    """Give what was found in a column, with all that is within its values where they are lists or objects."""
    inner = [column for column in columns if column.name.startswith((f"{name}.", f"{name}["))]
    own = next((column for column in columns if column.name == name), None)
    if not inner:
        return own
    every = [own, *inner] if own else inner
    verified = sum((Counter(column.verified) for column in every), Counter[str]())
    possible = sum((Counter(column.possible) for column in every), Counter[str]())
    rows, filled = max(column.rows for column in every), sum(column.filled for column in every)
    return Column(every[0].file, name, rows, filled, free_text=True, verified=verified, possible=possible)


def _kind(column: Column) -> str | None:
    """Give the kind of a column; of a short one, which the scan does not decide on, the commonest."""
    counted = Counter(column.verified) + Counter(column.possible)
    kind, cells = next(iter(counted.most_common(1)), (None, 0))
    return column.kind or (kind if cells >= MOST * column.filled else None)


def _step(one: Attribute, column: Column | None, item_of: Mapping[str, int]) -> tuple[Step, str]:
    if column and (column.free_text or one.role == "free text"):
        kinds = ", ".join(sorted({*column.verified, *column.possible}))
        return Mask(), f"it holds texts, with {kinds} in them" if kinds else "it is free text"
    if column and (kind := _kind(column)):
        return _by_item().get(item_of.get(kind, 0), Drop()), f"its cells are of kind {kind}"
    if column and (column.verified or column.possible):
        kinds = ", ".join(sorted({*column.verified, *column.possible}))
        return Mask(), f"some of its cells hold {kinds}"
    if one.role == "identifier":
        return Hash(), one.why
    return Keep(), one.why if one.role != "other" else ""
