"""Rules on links: what a card points to beside itself is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from bot.cards.outline import Outline
from bot.cards.rules.findings import Finding, error, warning
from bot.cards.rules.wording import MAX_TOLD

_TARGETS = re.compile(
    r"""\]\(\s{0,3}<?(?P<link>[^()<>\s]{1,500})"""  # [words](target) and ![words](target)
    r"""|\b(?:src|href)\s{0,3}=\s{0,3}["'](?P<attribute>[^"'\n]{1,500})["']"""
    r"""|^\s{0,3}\[[^\[\]\n]{1,100}\]:\s{0,3}<?(?P<reference>[^<>\s]{1,500})"""
)
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_OWN_ANCHOR = re.compile(r"""\b(?:id|name)\s{0,3}=\s{0,3}["']([^"'\n]{1,200})["']""")
_NOT_IN_ANCHORS = re.compile(r"[^\w\s-]")


def relative_links(card: Outline) -> Iterator[Finding]:
    """Find links to files that are not beside the card, and to headings it does not have."""
    told = 0
    anchors = {_anchor(heading.title) for heading in card.headings}
    # A page may bring anchors of its own along.
    anchors |= {found[1].lower() for _, line in card.prose for found in _OWN_ANCHOR.finditer(line)}
    for number, line in card.prose:
        for found in _TARGETS.finditer(line):
            target = found["link"] or found["attribute"] or found["reference"]
            problem = _problem(card, target, anchors)
            if problem:
                yield warning("dead-link", number, problem)
                if (told := told + 1) == MAX_TOLD:
                    return


def files_in_metadata(card: Outline) -> Iterator[Finding]:
    """Find files that the metadata names and that are not there."""
    for key in ("license_link", "thumbnail"):
        target = card.text(key)
        if target and _is_missing(card, target):
            message = (
                f"{key} names {target[:80]!r}, which is not beside the card; add the file or give an address"
            )
            yield error("dead-link", card.parts.line(key), message)


def _problem(card: Outline, target: str, anchors: set[str]) -> str | None:
    if target.startswith("#"):
        wanted = unquote(target[1:]).lower()
        if wanted and wanted not in anchors:
            return f"the link {target[:80]!r} leads to no heading of this card; name one that is there"
        return None
    if _is_missing(card, target):
        return (
            f"the link to {target[:80]!r} leads nowhere: no such file beside the card; add it or fix the link"
        )
    return None


def _is_missing(card: Outline, target: str) -> bool:
    """Tell whether a link leads to a file that is not there; one out of the folder is not judged."""
    if card.has_file is None or _HAS_SCHEME.match(target) or target.startswith(("/", "#", "{", "mailto")):
        return False
    path = posixpath.normpath(unquote(re.split(r"[?#]", target, maxsplit=1)[0]))
    return path not in (".", "") and not path.startswith("..") and not card.has_file(path)


def _anchor(title: str) -> str:
    """Give the anchor of a heading, as GitHub and the Hub make it."""
    return re.sub(r"\s", "-", _NOT_IN_ANCHORS.sub("", title.lower()).strip())
