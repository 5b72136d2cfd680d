"""Write a checklist as Markdown, and read which of its boxes are ticked."""

from __future__ import annotations

import re

from bot.datasets.checklist.items import GENERAL, LISTS
from bot.datasets.checklist.own_template import shown, write_by
from bot.datasets.checklist.record import Record
from bot.rendering import render

_BOX = re.compile(r"^[-*] \[([ xX])\] \*\*([0-9]{1,2})\.\*\*", re.MULTILINE)


def write_page(record: Record, template: str | None = None, charts: str = "") -> str:
    """Write a record as Markdown with task-list boxes, by its checklist's template or one that is given.

    ``charts`` names the picture that stands beside the page, where there is one. A given template may take
    seconds; raises as :func:`write_by`.
    """
    if template is not None:
        return write_by(template, record, charts)
    name = record.checklist if record.checklist in LISTS else GENERAL
    return render(f"checklists/{name}.md.j2", **shown(record, charts))


def boxes(text: str) -> dict[int, bool]:
    """Read the boxes of a checklist: the number of each item, and whether it is ticked."""
    return {int(number): mark != " " for mark, number in _BOX.findall(text)}
