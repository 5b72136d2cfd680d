"""Read the issue forms, the Markdown templates and the chooser of `.github/ISSUE_TEMPLATE`.

Sources: GitHub Docs, "Syntax for issue forms", "Syntax for GitHub's form schema" and "Configuring issue
templates for your repository".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.documents import DocumentError, Path, Positions, Problem, parse_mapping
from bot.triage.forms.headings import headings
from bot.triage.forms.model import ContactLink, Field, FieldKind, Form, Forms, Option
from bot.triage.forms.words import is_optional

FORMS_FOLDER = ".github/ISSUE_TEMPLATE"
MAX_FIELDS = 200
"""Fields of one form that are read."""
_CHOOSER = ("config.yml", "config.yaml")


def read_forms(texts: Mapping[str, str]) -> Forms:
    """Read the files of the folder by their paths; of a file that cannot be read the problems are kept."""
    forms: list[Form] = []
    problems: list[tuple[str, Problem]] = []
    chooser: dict[str, Any] = {}
    for path in sorted(texts, key=lambda path: (path.endswith(".md"), path)):
        name = path.rpartition("/")[2]
        try:
            if name in _CHOOSER:
                chooser, _ = parse_mapping(texts[path])
            elif name.endswith((".yml", ".yaml")):
                form, found = read_form(texts[path], path)
                forms.append(form)
                problems += [(path, problem) for problem in found]
            elif name.endswith(".md"):
                forms.append(read_template(texts[path], path))
        except DocumentError as error:
            problems += [(path, problem) for problem in error.problems]
    links = chooser.get("contact_links")
    return Forms(
        tuple(forms),
        chooser.get("blank_issues_enabled") is not False,
        tuple(_link(link) for link in links if isinstance(link, dict)) if isinstance(links, list) else (),
        tuple(problems),
    )


def read_form(text: str, path: str = "") -> tuple[Form, tuple[Problem, ...]]:
    """Read a form, and what is wrong with fields that are therefore left out.

    Raises:
        DocumentError: it is no YAML that can be read, or has no body.
    """
    data, positions = parse_mapping(text)
    body = data.get("body")
    if not isinstance(body, list):
        line, column = positions.of_value(("body",))
        problem = Problem(line, column, "body", 'a form needs a list of fields under "body"')
        raise DocumentError((problem,))
    fields: list[Field] = []
    problems: list[Problem] = []
    for index, element in enumerate(body[:MAX_FIELDS]):
        where: Path = ("body", index)
        kind = element.get("type") if isinstance(element, dict) else None
        if kind == "markdown":
            continue
        if kind not in set(FieldKind) - {FieldKind.SECTION}:
            problems.append(_problem(positions, where, "this is no field of an issue form"))
            continue
        field = _field(element, FieldKind(kind))
        if field.label:
            fields.append(field)
        else:
            problems.append(_problem(positions, where, "this field has no label"))
    return _form(data, path, fields, is_template=False), tuple(problems)


def read_template(text: str, path: str = "") -> Form:
    """Read a Markdown template: its front matter, and its headings as fields.

    Raises:
        DocumentError: its front matter is no YAML that can be read.
    """
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    matter, body = "", text
    if text.startswith("---\n") and (end := text.find("\n---", 3)) >= 0:
        matter, body = text[4 : end + 1], text[end + 4 :].partition("\n")[2]
    data, _ = parse_mapping(matter)
    fields = {
        found.title: Field(
            found.title,
            FieldKind.SECTION,
            required=not is_optional(f"{found.title}\n{found.text}"),
            value=found.text,
        )
        for found in headings(body)[:MAX_FIELDS]
    }
    return _form(data, path, list(fields.values()), is_template=True)


def _form(data: Mapping[str, Any], path: str, fields: Sequence[Field], *, is_template: bool) -> Form:
    return Form(
        path,
        _text(data.get("name")),
        tuple(fields),
        is_template,
        _text(data.get("about" if is_template else "description")),
        _text(data.get("title")),
        _names(data.get("labels")),
        _text(data.get("type")),
    )


def _field(element: Mapping[str, Any], kind: FieldKind) -> Field:
    attributes = element.get("attributes")
    given = attributes if isinstance(attributes, dict) else {}
    validations = element.get("validations")
    options = given.get("options")
    return Field(
        _text(given.get("label")),
        kind,
        isinstance(validations, dict) and validations.get("required") is True,
        _text(element.get("id")),
        _text(given.get("description")),
        _text(given.get("placeholder")),
        _text(given.get("value")),
        tuple(_option(option) for option in options) if isinstance(options, list) else (),
        given.get("multiple") is True,
    )


def _option(option: object) -> Option:
    if isinstance(option, dict):
        return Option(_text(option.get("label")), option.get("required") is True)
    return Option(_text(option))


def _link(link: Mapping[str, Any]) -> ContactLink:
    return ContactLink(_text(link.get("name")), _text(link.get("url")), _text(link.get("about")))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _names(value: object) -> tuple[str, ...]:
    """Read a list of names, also written as one text with commas."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(filter(None, map(_text, parts)))


def _problem(positions: Positions, path: Path, message: str) -> Problem:
    line, column = positions.of_value(path)
    return Problem(line, column, ".".join(map(str, path)), message, "it is left out")
