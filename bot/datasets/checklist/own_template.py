"""Write a checklist's page by a repository's own template, in a process that can do nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, TemplateError

from bot.apart import ApartError, ask, serve
from bot.datasets.checklist.record import Record, sign_offs_of, standing
from bot.rendering import environment, template_folder

OWN = "own"
"""What a checklist is called that a repository brings itself."""

TEMPLATE_LIMIT = 64 * 1024
"""Bytes of a template that a repository brings, at most."""

PAGE_LIMIT = 1_000_000
"""Characters of a page."""


class ChecklistError(Exception):
    """Say what is wrong with a checklist's template."""


def shown(record: Record, charts: str) -> dict[str, Any]:
    """Give what a checklist's template can use."""
    return {
        "record": record,
        "standing": standing(record),
        "signed": sign_offs_of(record),
        "charts": charts,
    }


def write_by(template: str, record: Record, charts: str) -> str:
    """Write a record by a template, which can import the house's parts.

    It is a stranger's: the sandbox it is rendered in limits neither time nor memory, so a process does. That
    may take seconds.

    Raises ChecklistError.
    """
    if len(template.encode()) > TEMPLATE_LIMIT:
        raise ChecklistError(f"the template is larger than {TEMPLATE_LIMIT // 1024} KiB")
    asked = {"template": template, "record": record.model_dump(mode="json"), "charts": charts}
    try:
        answer = ask(__name__, asked)
    except ApartError as error:
        raise ChecklistError(f"the template {error}") from None
    if "problem" in answer:
        raise ChecklistError(answer["problem"])
    return str(answer["page"])


def rendered(asked: Mapping[str, Any]) -> dict[str, str]:
    """Render in this process; what went wrong is told with its line."""
    loader = ChoiceLoader([DictLoader({OWN: asked["template"]}), FileSystemLoader(template_folder())])
    record = Record.model_validate(asked["record"])
    try:
        page = environment(loader).get_template(OWN).render(**shown(record, asked["charts"]))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        return {"problem": f"{type(error).__name__}{f' in line {line}' if line else ''}: {error}"}
    except Exception as error:  # a template may call what it is given with anything
        return {"problem": f"the template cannot be rendered ({type(error).__name__})"}
    if len(page) > PAGE_LIMIT:
        return {"problem": f"the template makes a page longer than {PAGE_LIMIT} characters"}
    return {"page": page.strip() + "\n"}


if __name__ == "__main__":
    serve(rendered)
