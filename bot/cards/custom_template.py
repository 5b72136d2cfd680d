"""Arrange a card by a repository's own template, in a process that can do nothing else and not for long.

The template is a stranger's: it runs in Jinja2's immutable sandbox with strict undefined, but a sandbox does
not limit time or memory, so a child process does, which sees no environment variables and prints text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import DictLoader
from jinja2 import TemplateError as JinjaError

from bot.apart import ApartError, ask, serve
from bot.cards.answers import answers
from bot.cards.blocks import blocks, mark
from bot.rendering import environment

MAX_TEMPLATE = 100_000
"""Characters of a template."""
MAX_TEXT = 1_000_000
"""Characters of a rendered card."""
OURS = ("details", "specifications", "training", "evaluation", "environment", "provenance", "start")
"""The parts of a card that are no answers of people."""


class TemplateError(Exception):
    """Say in plain words why a template makes no card."""


def arranged_by(template: str) -> Callable[[str, Mapping[str, Any]], str]:
    """Give what arranges the parts of a card by a template.

    Raises TemplateError when it is too long; and so does what it gives, when the template is wrong.
    """
    if len(template) > MAX_TEMPLATE:
        raise TemplateError(f"the template is longer than {MAX_TEMPLATE} characters")

    def arrange(body: str, context: Mapping[str, Any]) -> str:
        return _render_apart(template, variables(body, context))

    return arrange


def variables(body: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a template can use: plain values, and the parts of the house's card with their marks.

    They are documented in docs/features/model-card.md, which a test holds equal to this.
    """
    names = [*OURS, *(answer.block for answer in answers().values() if answer.block)]
    made = {block.name: body[block.start : block.end] for block in blocks(body)}
    return {
        "title": context["title"],
        "model_id": context["declared"].model_id,
        "licence": context["licence"],
        "base_models": context["bases"],
        "datasets": list(context["declared"].datasets),
        "languages": list(context["declared"].language),
        "library": context["library"],
        "task": context["task"],
        "parameters": context["parameters"].total if context["parameters"] else None,
        "results": [
            {"task": one.task, "metric": one.metric, "value": one.fact.value, "file": one.fact.file}
            for one in (*context["results"], *context["task_results"])
        ],
        "parts": {name: made.get(name, "") for name in names},
    }


def _render_apart(template: str, given: Mapping[str, Any]) -> str:
    try:
        answer = ask(__name__, {"template": template, "variables": given})
    except ApartError as error:
        raise TemplateError(f"the template {error}") from None
    if "problem" in answer:
        raise TemplateError(answer["problem"])
    return str(answer["text"])


def rendered(template: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Render in this process; what went wrong is told with its line."""
    made = environment(DictLoader({"card": template}))
    try:
        text = made.get_template("card").render(**given, generated=mark)
    except JinjaError as error:
        line = getattr(error, "lineno", None)
        return {"problem": f"line {line}: {error.message}" if line else f"{error.message}"}
    except Exception as error:  # a template may call what it is given with anything
        return {"problem": f"it cannot be rendered ({type(error).__name__})"}
    if len(text) > MAX_TEXT:
        return {"problem": f"it makes a card longer than {MAX_TEXT} characters"}
    return {"text": text.strip() + "\n"}


def _answer(asked: Mapping[str, Any]) -> dict[str, str]:
    return rendered(asked["template"], asked["variables"])


if __name__ == "__main__":
    serve(_answer)
