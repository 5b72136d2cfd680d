"""What an issue form or a Markdown template asks, in one shape for both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.documents import Problem


class FieldKind(StrEnum):
    """The elements of a form that people answer (GitHub Docs, "Syntax for GitHub's form schema")."""

    INPUT = "input"
    TEXTAREA = "textarea"
    DROPDOWN = "dropdown"
    CHECKBOXES = "checkboxes"
    UPLOAD = "upload"
    SECTION = "section"
    """A heading of a Markdown template."""


@dataclass(frozen=True)
class Option:
    """One choice of a dropdown, or one box."""

    label: str
    required: bool = False
    """Whether the box has to be ticked."""


@dataclass(frozen=True)
class Field:
    """One thing a form asks for."""

    label: str
    kind: FieldKind
    required: bool = False
    """Whether GitHub insists on an answer; of a template's section, whether it is meant for everybody."""
    id: str = ""
    description: str = ""
    placeholder: str = ""
    """What an empty field shows; it is not sent."""
    value: str = ""
    """What stands in the field, or below the template's heading, to begin with."""
    options: tuple[Option, ...] = ()
    multiple: bool = False


@dataclass(frozen=True)
class Form:
    """An issue form, or a Markdown template whose headings are its fields."""

    path: str
    name: str
    fields: tuple[Field, ...]
    is_template: bool = False
    description: str = ""
    title: str = ""
    """The title an issue begins with, such as ``[Bug]: ``."""
    labels: tuple[str, ...] = ()
    type: str = ""
    """The issue type of the organisation that GitHub sets."""


@dataclass(frozen=True)
class ContactLink:
    """A place outside the issues that people are sent to."""

    name: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class Forms:
    """All a repository has in its folder of templates."""

    forms: tuple[Form, ...] = ()
    """Forms before templates, each in the order of their names, as GitHub lists them."""
    blank_issues: bool = True
    """Whether an issue may be opened without a form."""
    contact_links: tuple[ContactLink, ...] = ()
    problems: tuple[tuple[str, Problem], ...] = ()
    """What cannot be understood: the path of the file, and what is wrong in it."""
