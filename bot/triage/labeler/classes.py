"""Write a character class of a minimatch glob, such as ``[a-z]`` or ``[![:digit:]]``, as a linear pattern."""

from __future__ import annotations

from bot.triage.linear import escape

HIDDEN = "\x00"
"""Stands for the leading dot of a segment; no path of Git holds this character."""
NEVER = r"[^\x{0}-\x{10FFFF}]"
"""Matches nothing."""

# Without the slash, which is punctuation too; of other scripts' marks those of the category Po are left out.
_POSIX = {
    "alnum": r"\p{L}\p{Nl}\p{Nd}",
    "alpha": r"\p{L}\p{Nl}",
    "ascii": r"\x{0}-\x{2e}\x{30}-\x{7f}",
    "blank": r"\p{Zs}\t",
    "cntrl": r"\p{Cc}",
    "digit": r"\p{Nd}",
    "lower": r"\p{Ll}",
    "print": r"\p{C}",
    "punct": r"!\"#%&'*,.:;?@\\\p{Pc}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}",
    "space": r"\p{Z}\t\r\n\v\f",
    "upper": r"\p{Lu}",
    "word": r"\p{L}\p{Nl}\p{Nd}\p{Pc}",
    "xdigit": "A-Fa-f0-9",
}
_POSIX_BUT = {"graph": r"\p{Z}\p{C}"}


def class_end(text: str, at: int) -> int | None:
    """Find where the class that opens at ``at`` ends; None if it never does, and so is no class."""
    if text.find("]", at) < 0:
        return None
    place = at + 1 + (text[at + 1 : at + 2] in {"!", "^"})
    begun = place
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif posix := _posix_at(text, place):
            place += len(posix) + 4
        elif text[place] == "]" and place > begun:
            return place + 1
        else:
            place += 1
    return None


def _posix_at(text: str, place: int) -> str | None:
    name = text[place + 2 : text.find(":]", place, place + 11)] if text.startswith("[:", place) else ""
    return name if name in _POSIX or name in _POSIX_BUT else None


def read_class(text: str, at: int) -> tuple[str, int] | None:
    """Translate a class such as ``[a-z]`` and give where it ends."""
    end = class_end(text, at)
    if end is None:
        return None
    negated = text[at + 1] in "!^"
    place = at + 1 + negated
    inside, but, since = "", "", ""
    while place < end - 1:
        if posix := _posix_at(text, place):
            if since:
                return NEVER, len(text)
            inside += _POSIX.get(posix, "")
            but += _POSIX_BUT.get(posix, "")
            place += len(posix) + 4
            continue
        place += text[place] == "\\"
        one = text[place]
        place += 1
        if since:
            inside += _range(since, one)
            since = ""
        elif text[place : place + 1] == "-" and place + 1 < end - 1:
            since = one
            place += 1
        else:
            inside += _range(one, one)
    if not inside and not but:
        return NEVER, len(text)
    return _written_class(negated, inside, but), end


def _range(low: str, high: str) -> str:
    """Write a range without the slash that may lie in it; nothing for one that runs backwards."""
    parts = [(ord(low), min(ord(high), ord("/") - 1)), (max(ord(low), ord("/") + 1), ord(high))]
    return "".join(dict.fromkeys(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in parts if a <= b))


def _written_class(negated: bool, inside: str, but: str) -> str:
    hidden = "/" + escape(HIDDEN)
    if negated:
        excluded = f"[^{hidden}{inside}]" if inside else ""
        return "|".join(filter(None, (excluded, f"[{but}]" if but else ""))).join(("(?:", ")"))
    included = f"[{inside}]" if inside else ""
    return "|".join(filter(None, (included, f"[^{hidden}{but}]" if but else ""))).join(("(?:", ")"))
