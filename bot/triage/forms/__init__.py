"""Issue forms and templates: what they ask, which one an issue was made with, and what it left out."""

from bot.triage.forms.answers import answers_of, recognise
from bot.triage.forms.missing import Missing, MissingKind, missing
from bot.triage.forms.model import ContactLink, Field, FieldKind, Form, Forms, Option
from bot.triage.forms.needs import is_about_ai, missing_from_bug, pressing
from bot.triage.forms.reading import FORMS_FOLDER, read_form, read_forms, read_template
from bot.triage.forms.types import IssueType, type_of_form, type_of_title

__all__ = [
    "FORMS_FOLDER",
    "ContactLink",
    "Field",
    "FieldKind",
    "Form",
    "Forms",
    "IssueType",
    "Missing",
    "MissingKind",
    "Option",
    "answers_of",
    "is_about_ai",
    "missing",
    "missing_from_bug",
    "pressing",
    "read_form",
    "read_forms",
    "read_template",
    "recognise",
    "type_of_form",
    "type_of_title",
]
