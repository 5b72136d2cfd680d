"""Show a checklist on its thread, and as the files that stand beside the data."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions import FileChange
from bot.cards.blocks import blocks, mark, merge
from bot.datasets.checklist.charts import draw_risk
from bot.datasets.checklist.evidence import CARD, CHARTS, CROISSANT, PAGE, RECORD
from bot.datasets.checklist.own_template import ChecklistError
from bot.datasets.checklist.page import write_page
from bot.datasets.checklist.record import Record, sign_offs_of, standing
from bot.datasets.checklist.statement import BLOCK, card_section, croissant_with
from bot.features.dataset_checklist.kept import Kept
from bot.rendering import code, render

SHORTEST_DIGEST = 12
"""Characters of a digest that are shown, and that may be named when signing."""


def words(kept: Kept, record: Record, template: str | None, where: str = "") -> str:
    """Write the section of the status comment; ``where`` says as Markdown where the record was put."""
    page, broken = _page(record, template)
    return render(
        "comments/dataset_checklist.md.j2",
        kept=kept,
        record=record,
        standing=standing(record),
        signed=sign_offs_of(record),
        page=page,
        broken=broken,
        where=where,
        digest=record.data.digest[:SHORTEST_DIGEST],
    )


def files_beside(
    kept: Kept, record: Record, template: str | None, described: Mapping[str, str]
) -> tuple[FileChange, ...]:
    """Write record, page and charts, which stand beside the data, and bring their descriptions in line.

    ``described`` has the texts of the card and of the Croissant description, as far as there are any.
    """
    drawn = draw_risk(record)
    written = {RECORD: record.as_json(), PAGE: _page(record, template, CHARTS if drawn else "")[0]}
    if drawn:
        written[CHARTS] = drawn
    if CARD in described:
        written[CARD] = card_with(described[CARD], record)
    if CROISSANT in described and (filled := croissant_with(described[CROISSANT], record)):
        written[CROISSANT] = filled
    return tuple(FileChange(path=beside(kept, name), content=content) for name, content in written.items())


def beside(kept: Kept, name: str) -> str:
    """Give the path of a file in the dataset's folder."""
    return f"{kept.folder}/{name}" if kept.folder else name


def card_with(card: str, record: Record) -> str:
    """Bring the card's section on personal information in line; what people wrote there stays."""
    others = [block.name for block in blocks(card)]
    return merge(card, mark(BLOCK, card_section(record)), others).text


def _page(record: Record, template: str | None, charts: str = "") -> tuple[str, str]:
    """Write the page by the repository's template, or by the house's and say why."""
    try:
        return write_page(record, template, charts), ""
    except ChecklistError as error:
        return write_page(record, charts=charts), code(error)
