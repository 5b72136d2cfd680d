"""Show a checklist on its thread, and as the files that stand beside the data."""

from __future__ import annotations

from bot.actions import FileChange
from bot.datasets.checklist.evidence import PAGE, RECORD
from bot.datasets.checklist.page import ChecklistError, write_page
from bot.datasets.checklist.record import Record, sign_offs_of, standing
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


def files_beside(kept: Kept, record: Record, template: str | None) -> tuple[FileChange, ...]:
    """Write the record and the page that stand beside the data."""
    start = f"{kept.folder}/" if kept.folder else ""
    return (
        FileChange(path=f"{start}{RECORD}", content=record.as_json()),
        FileChange(path=f"{start}{PAGE}", content=_page(record, template)[0]),
    )


def _page(record: Record, template: str | None) -> tuple[str, str]:
    """Write the page by the repository's template, or by the house's and say why."""
    try:
        return write_page(record, template), ""
    except ChecklistError as error:
        return write_page(record), code(error)
