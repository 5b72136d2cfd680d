"""Write the patterns of Git's ignore and attribute files as linear patterns.

Source: git documentation, gitignore ("PATTERN FORMAT") and gitattributes ("DESCRIPTION"). Whether a pattern
that fits a folder also stands for what is in it differs between the files that use such patterns, so the
reader of each file says it. Paths are those of Git: relative, with slashes, without a leading one.
"""

from __future__ import annotations

from bot.triage.linear import PatternError, escape

MAX_LENGTH = 4_096
"""Characters of a pattern at most, as of a path (Linux, PATH_MAX)."""

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\t\n\v\f\r ",
    "xdigit": "0-9A-Fa-f",
}


def path_pattern(
    text: str, *, descends: bool, star_descends: bool = True, classes: bool = True, within: str = ""
) -> str:
    """Translate a pattern into one for the whole path.

    ``descends`` says whether a pattern that fits a folder stands for all below it, ``star_descends`` whether
    one that ends in ``/*`` does so too, ``classes`` whether ``[...]`` is a class, ``within`` is the folder
    the file stands in: its patterns concern what is below it.

    Raises:
        PatternError: the message says what is wrong.
    """
    if not text.strip("/"):
        raise PatternError("the pattern names no path")
    if len(text) > MAX_LENGTH:
        raise PatternError(f"a pattern has at most {MAX_LENGTH} characters")
    for_folders = text.endswith("/")
    anchored = "/" in text.rstrip("/")
    names = [name for name in text.split("/") if name]
    written = "".join(f"{escape(name)}/" for name in within.split("/") if name)
    written += "" if anchored or names[0] == "**" else "(?:.*/)?"
    for place, name in enumerate(names):
        is_last = place == len(names) - 1
        if name == "**":
            written += "(?s:.+)" if is_last else "(?:(?s:.+)/)?"
        else:
            written += _segment(name, classes=classes) + ("" if is_last else "/")
    if for_folders:
        # Without it a pattern for folders fits no file, which is all that is ever asked about.
        written += "/(?s:.+)" if descends else "/"
    elif descends and names[-1] != "**" and (star_descends or not (anchored and names[-1] == "*")):
        written += "(?:/(?s:.+))?"
    return written


def _segment(name: str, *, classes: bool) -> str:
    written, at = "", 0
    while at < len(name):
        one = name[at]
        at += 1
        if one == "*":
            written += "" if written.endswith("[^/]*") else "[^/]*"
        elif one == "?":
            written += "[^/]"
        elif one == "[" and classes:
            found, at = _class(name, at)
            written += found
        else:
            if one == "\\":
                if at == len(name):
                    raise PatternError("a backslash stands at the end")
                one = name[at]
                at += 1
            written += escape(one)
    return written


def _class(name: str, at: int) -> tuple[str, int]:
    """Translate the class whose inside begins at ``at``, and give where it ends."""
    negated = name[at : at + 1] in {"!", "^"}
    at += negated
    begun, inside, since = at, "", ""
    while at < len(name) and (name[at] != "]" or at == begun):
        end = name.find(":]", at)
        if name.startswith("[:", at) and name[at + 2 : end] in _CLASSES:
            inside += _CLASSES[name[at + 2 : end]]
            at = end + 2
            continue
        at += name[at] == "\\" and at + 1 < len(name)
        one = name[at]
        at += 1
        if since:
            inside += f"\\x{{{ord(since):x}}}-\\x{{{ord(one):x}}}" if since <= one else ""
            since = ""
        elif name[at : at + 1] == "-" and name[at + 1 : at + 2] not in {"", "]"}:
            since, at = one, at + 1
        else:
            inside += escape(one)
    if at >= len(name):
        raise PatternError('a class "[" is never closed')
    if negated:
        return f"[^/{inside}]", at + 1
    return f"[{inside}]" if inside else r"[^\x{0}-\x{10FFFF}]", at + 1
