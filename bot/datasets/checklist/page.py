"""Write a checklist as Markdown, and read which of its boxes are ticked."""

from __future__ import annotations

import re

from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, TemplateError

from bot.datasets.checklist.items import GENERAL, LISTS
from bot.datasets.checklist.record import Record, sign_offs_of, standing
from bot.rendering import environment, render, template_folder

OWN = "own"
"""What a checklist is called that a repository brings itself."""

TEMPLATE_LIMIT = 64 * 1024
"""Bytes of a template that a repository brings, at most."""

_BOX = re.compile(r"^[-*] \[([ xX])\] \*\*([0-9]{1,2})\.\*\*", re.MULTILINE)


class ChecklistError(Exception):
    """Say what is wrong with a checklist's template."""


def write_page(record: Record, template: str | None = None, charts: str = "") -> str:
    """Write a record as Markdown with task-list boxes, by its checklist's template or one that is given.

    ``charts`` names the picture that stands beside the page, where there is one. A given template is rendered
    in the sandbox, and can import the house's parts. Raises ChecklistError.
    """
    known = {
        "record": record,
        "standing": standing(record),
        "signed": sign_offs_of(record),
        "charts": charts,
    }
    if template is None:
        name = record.checklist if record.checklist in LISTS else GENERAL
        return render(f"checklists/{name}.md.j2", **known)
    if len(template.encode()) > TEMPLATE_LIMIT:
        raise ChecklistError(f"the template is larger than {TEMPLATE_LIMIT // 1024} KiB")
    loader = ChoiceLoader([DictLoader({OWN: template}), FileSystemLoader(template_folder())])
    try:
        return environment(loader).get_template(OWN).render(**known).strip() + "\n"
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise ChecklistError(f"{type(error).__name__}{f' in line {line}' if line else ''}: {error}") from None
    except (ArithmeticError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ChecklistError(f"the template cannot be rendered ({type(error).__name__})") from None


def boxes(text: str) -> dict[int, bool]:
    """Read the boxes of a checklist: the number of each item, and whether it is ticked."""
    return {int(number): mark != " " for mark, number in _BOX.findall(text)}
