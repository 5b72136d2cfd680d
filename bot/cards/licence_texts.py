"""Recognise a licence by its whole text: one with terms added or taken away is never taken for it."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping

_NAMES_THE_OWNER = re.compile(
    r"(?!.*\b(?:may|must|not|only|shall|use|under|except|patents?|licen[cs]\w*|permi\w*|commerc\w*)\b)"
    r"(?:(?:[Cc]opyright|COPYRIGHT) (?:\([Cc]\)|©|by|[0-9<\[{])|Copyright [A-Z]|©|\([Cc]\)).{0,150}"
    r"|[Aa]ll [Rr]ights [Rr]eserved\.?"
)
"""A line that says whose work it is; it differs from copy to copy. One that grants or forbids is none."""
_TITLE = re.compile(
    r"\(?(?:the )?(?:(?:mit|isc|zlib) license"
    r"|(?:new |modified |simplified |[23]-clause )?bsd(?: [23]-clause)? license)"
    r"(?: \([a-z]{3}\))?\)?:?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^(?:\(?[0-9]{1,2}[.)]|[-o•]) ")


def recognise(text: str) -> str | None:
    """Give the Hub's id of the licence this is the text of, or None."""
    return _known().get(fingerprint(text))


def fingerprint(text: str) -> str:
    """Hash the words of a text, without the lines that name the owner or only the licence."""
    lines = [_NUMBER.sub("", " ".join(line.replace("*", " ").split())) for line in text.splitlines()]
    kept = [line for line in lines if not (_NAMES_THE_OWNER.fullmatch(line) or _TITLE.fullmatch(line))]
    words = re.findall(r"[a-z0-9]+", " ".join(kept).lower().replace("https://", "http://"))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


@cache
def _known() -> dict[str, str]:
    table, _ = parse_mapping(files("bot.cards").joinpath("licence_texts.yml").read_bytes())
    return {digest: licence for licence, digests in table.items() for digest in digests}
