"""Read the values of settings that are written as text, as YAML, or as the inputs of a workflow's step."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Form = Literal["days", "names", "flag", "negated", "text", "reason", "count", "date"]
"""How a value is written."""

MAX_NUMBER = 1_000_000


class UnreadableError(ValueError):
    """A value is not of the form a setting has; the message says what is expected."""


def read_value(form: Form, value: object) -> object:
    """Read a value written in a form.

    Raises:
        UnreadableError: it is not in that form, or an expression that only a workflow's run knows.
    """
    if isinstance(value, str) and "${{" in value and form != "text":
        raise UnreadableError("an expression is known only when the workflow runs")
    match form:
        case "days":
            return _days(value)
        case "names":
            return _names(value)
        case "flag":
            return _flag(value)
        case "negated":
            return not _flag(value)
        case "text":
            return "" if value is False or value is None else _text(value)
        case "reason":
            return _reason(value)
        case "count":
            return _count(value)
        case "date":
            return _date(value)


def _days(value: object) -> float | None:
    """Read a number of days; ``false`` and negative numbers mean never."""
    if value is False or value in ("false", "-1"):
        return None
    try:
        days = float(value) if isinstance(value, str | int | float) and value is not True else None
    except (ValueError, OverflowError):
        days = None
    if days is None or not days <= MAX_NUMBER:
        raise UnreadableError("expected a number of days")
    return days if days >= 0 else None


def _names(value: object) -> tuple[str, ...]:
    if value is None or value is False:
        return ()
    parts = value if isinstance(value, list) else str(value).split(",")
    if isinstance(value, dict) or not all(isinstance(part, str | int | float) for part in parts):
        raise UnreadableError("expected names")
    return tuple(filter(None, (str(part).strip() for part in parts)))


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise UnreadableError("expected true or false")
    return value == "true"


def _text(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise UnreadableError("expected text")
    return str(value).strip()


def _reason(value: object) -> str:
    if value not in ("completed", "not_planned", ""):
        raise UnreadableError("expected completed or not_planned")
    return str(value)


def _count(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or int(text[:9]) > MAX_NUMBER:
        raise UnreadableError("expected a whole number from 0 on")
    return int(text[:9])


def _date(value: object) -> datetime:
    """Read a date as ISO 8601 or RFC 2822 write it; without a zone it is in UTC."""
    text = str(value).strip()
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise UnreadableError("expected a date such as 2026-01-31")
