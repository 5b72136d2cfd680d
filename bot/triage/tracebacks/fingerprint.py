"""Tell by a fingerprint whether two reports show the same failure."""

from __future__ import annotations

import re
from hashlib import sha256

from bot.triage.tracebacks.failure import Failure
from bot.triage.tracebacks.tables import Stop, stops

FRAMES = 3
"""Innermost library frames that are part of a fingerprint."""
WORDS_WITH_FRAMES = 2
"""Plain words a message has at least, where library frames tell the rest."""
WORDS_ALONE = 6
"""Plain words a message without library frames has at least: fewer are anybody's."""
COMPARED = 400
"""Characters of a message's first line that are compared."""

_MASKS = (
    (re.compile(r"\b(?:https?|file|s3|gs|hdfs)://\S{1,400}"), "<url>"),
    (re.compile(r"(?<!\w)([`'\"])(?:(?!\1).){1,200}\1(?!\w)"), "<name>"),
    (re.compile(r"\b0x[0-9a-fA-F]{1,16}\b"), "<hex>"),
    (re.compile(r"(?<![\w.])(?:[A-Za-z]:[\\/]|~?/|\.{1,2}/)[^\s,;:()\[\]]{1,400}"), "<path>"),
    (re.compile(r"\b(?:[\w+-]{1,80}/){1,12}[\w.+-]{1,80}\b"), "<path>"),
    (re.compile(r"(?:torch\.Size)?[\[(]{1,3}\s?-?\d[\dx, .*-]{0,200}[\])]{1,3}"), "<shape>"),
    (re.compile(r"\b\d{1,9}(?:x\d{1,9}){1,7}\b"), "<shape>"),
    (re.compile(r"\b(?=[0-9a-f]{0,40}\d)[0-9a-f]{8,40}\b"), "<hex>"),
    (re.compile(r"\b(?:[su]\d{1,4}|rank ?\d{1,5})\b", re.IGNORECASE), "<n>"),
    # What is part of a word stays: "bfloat16" and "float32", "mat1" and "mat2" are not the same.
    (re.compile(r"(?<![A-Za-z_\d])-?\d[\d.,]{0,30}(?:e[+-]?\d{1,4})?(?:\s?(?:[KMGT]i?B|%|ms|s)\b)?"), "<n>"),
)
_SPACES = re.compile(r"\s+")
_PLAIN_WORD = re.compile(r"(?<![<\w])[A-Za-z_]{3,}(?![\w>])")


def fingerprint(failure: Failure) -> str | None:
    """Give 16 hexadecimal digits that are the same for the same failure in other reports.

    None where it is too common to group by (``data/fingerprint-stops.yml``) or tells too little.
    """
    told = signature(failure)
    return sha256(told.encode("utf-8", "replace")).hexdigest()[:16] if told else None


def signature(failure: Failure) -> str | None:
    """Give what a fingerprint is made of, to be read: exception, masked message, innermost library calls.

    A failure that only wraps another one (a process that died, a group) is known by that one.
    """
    if failure.members:
        return signature(failure.members[0])
    for part in failure.chain():
        stop = _stop(part)
        if stop is None:
            return None if _comes_from_common(part) else _signature(part)
        if not stop.wraps:
            return None
    return None


def why_not(failure: Failure) -> str | None:
    """Tell why a failure has no fingerprint; None if it has one."""
    if signature(failure):
        return None
    stopped = [stop for part in failure.chain() if (stop := _stop(part))]
    final = next((stop for stop in stopped if not stop.wraps), stopped[0] if stopped else None)
    return final.reason if final else "its message and its library frames tell too little"


def masked(message: str) -> str:
    """Write the first line of a message without what differs between reports."""
    lines = (line.strip() for line in message.split("\n"))
    text = next(filter(None, lines), "")[:COMPARED]
    for form, mask in _MASKS:
        text = form.sub(mask, text)
    return _SPACES.sub(" ", text).strip(" .")


def _stop(failure: Failure) -> Stop | None:
    said = f"{failure.type}: {failure.message}" if failure.message.strip() else failure.type
    said = said[:COMPARED].lower()
    frames = sum(frame.is_library for frame in failure.frames)
    for stop in stops():
        if stop.match.search(said) and not (stop.unless_frames and frames >= WORDS_WITH_FRAMES):
            return stop
    return None


def _comes_from_common(failure: Failure) -> bool:
    """Tell whether a failure was raised from one too common: it may then wrap many different ones."""
    return any(
        part.is_direct_cause and part.cause and (stop := _stop(part.cause)) and not stop.wraps
        for part in failure.chain()
    )


def _signature(failure: Failure) -> str | None:
    message = masked(failure.message)
    calls = [
        f"{frame.module or frame.package}:{frame.function}" for frame in failure.frames if frame.is_library
    ][-FRAMES:]
    words = len(_PLAIN_WORD.findall(message))
    if words < (WORDS_WITH_FRAMES if calls else WORDS_ALONE) and len(calls) < 2:
        return None
    if not failure.type or (not message and not calls):
        return None
    return " | ".join((failure.name, message, *reversed(calls)))
