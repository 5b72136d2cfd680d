"""Tell what kind of failure an exception or a single line is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.triage.environment.lines import Line
from bot.triage.tracebacks.failure import MAX_MESSAGE, Failure, Kind
from bot.triage.tracebacks.tables import Sign, signs

LOOKED_AT = 600
"""Characters of a message looked at to tell its kind."""

_BARE = re.compile(
    r"(?:^|[\s\]|])((?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception|Interrupt)):\s(\S.*)$"
)
_LOG = re.compile(r"^(?:E {2,8}|[\[(]|\d|[A-Z]{4,8}\b|[\w.-]{1,40} ?[:|]|.{0,80}\] |\$)")
_INFORMATION = re.compile(
    r"\S{1,12} [\d:.,]{8,18}:? (?:I |\[?(?:INFO|DEBUG)\b)|I\d{4} \d|\[?(?:INFO|DEBUG)\b"
)
"""How a line begins that a log itself calls information: what it names was dealt with, and is no failure."""
_CODE = ("except ", "raise ", "#", "assert ", "- [", "with ", "* ", '"""')
_SAID_BEFORE = re.compile(r"(?:^|[\]>:|)] ?|^E {1,8})$")


def classify(exception: str, message: str) -> Kind:
    """Tell the kind of an exception by its type and message; ``Kind.EXCEPTION`` where nothing is known."""
    said = f"{exception.rpartition('.')[2]}: {message[:LOOKED_AT]}" if exception else message[:LOOKED_AT]
    found = _sign(said, alone=False)
    return found[0].kind if found else Kind.EXCEPTION


def read_line(lines: Sequence[Line], start: int) -> tuple[Failure | None, int]:
    """Read a failure that one line tells: ``ValueError: …`` without its traceback, ``CUDA error: …``.

    Outside code fences the line has to begin with it (after a log's prefix): prose may only talk about it.
    """
    line = lines[start]
    text = line.text.strip("`* ")
    if line.mark or len(text) < 8 or text.lower().startswith(_CODE):
        return None, start + 1
    failure = _bare(line, text) or _signed(line, text)
    return failure, start + 1


def _bare(line: Line, text: str) -> Failure | None:
    found = _BARE.search(text[:LOOKED_AT])
    if not found:
        return None
    before = text[: found.start(1)]
    if before and not (line.fenced and _LOG.match(before)):
        return None
    message = text[found.start(2) :][:MAX_MESSAGE]
    return _alone(line, classify(found.group(1), message), found.group(1), message)


def _signed(line: Line, text: str) -> Failure | None:
    found = _sign(text[:LOOKED_AT], alone=True)
    if not found or _INFORMATION.match(text):
        return None
    sign, match = found
    before = text[: match.start()]
    # A native assertion is named in the middle of its line, behind the file and the function.
    if not line.fenced and sign.kind is not Kind.ASSERTION and not _SAID_BEFORE.search(before[-12:]):
        return None
    if not line.fenced and sign.kind is Kind.ASSERTION and " " in before.strip().partition(":")[0]:
        return None
    start = 0 if sign.whole else match.start()
    return _alone(line, sign.kind, sign.type, text[start:][:MAX_MESSAGE])


def _sign(text: str, *, alone: bool) -> tuple[Sign, re.Match[str]] | None:
    table = signs()
    lower = text.lower()
    if alone and not any(word in lower for word in table.words):
        return None
    for sign in table.signs:
        if (sign.alone or not alone) and (found := sign.match.search(text)):
            return sign, found
    return None


def _alone(line: Line, kind: Kind, name: str, message: str) -> Failure:
    return Failure(kind, name, message, (), line.number, line.number, truncated=kind is Kind.EXCEPTION)
