"""Find the lines of a comment that a reader sees as the author's own plain text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, html_inline

_FOLDED = re.compile(r"<(?P<close>/?)(?P<tag>details|blockquote)\b", re.IGNORECASE)


@lru_cache(maxsize=32)
def visible_lines(body: str, wanted: re.Pattern[str]) -> tuple[tuple[int, str], ...]:
    """List number (from 1) and text of the lines of those top-level paragraphs that hold a wanted line.

    The last answers are kept: an event asks several times about one comment, and a long one takes a while.
    """
    return tuple(_visible_lines(body, wanted))


def _visible_lines(body: str, wanted: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    if not wanted.search(text):
        return
    lines = text.split("\n")
    folded: Counter[str] = Counter()
    for token in _parser().parse(text):
        if token.type == "html_block" and token.level == 0:
            for tag in _FOLDED.finditer(token.content):
                name = tag["tag"].lower()
                folded[name] = max(0, folded[name] + (-1 if tag["close"] else 1))
        if token.type != "paragraph_open" or token.level or token.map is None or any(folded.values()):
            continue
        first, end = token.map
        paragraph = "\n".join(lines[first:end])
        if wanted.search(paragraph):
            for offset, line in _paragraph_lines(paragraph):
                yield first + 1 + offset, line


def _paragraph_lines(paragraph: str) -> Iterator[tuple[int, str]]:
    """Split a paragraph where a reader sees a line break; one inside code, a tag or a link is none."""
    seen: dict[str, Any] = {"breaks": [], "comments": [], "last_comment_end": paragraph.rfind("-->")}
    _parser().inline.parse(paragraph, _parser(), seen, [])
    pieces, position = [], 0
    for start, end in seen["comments"]:
        pieces += [paragraph[position:start], re.sub(r"[^\n]", " ", paragraph[start:end])]
        position = end
    shown = "".join([*pieces, paragraph[position:]])
    start = offset = 0
    for end in [*seen["breaks"], len(paragraph)]:
        line = shown[start:end]
        yield offset, line.replace("\n", " ")
        offset += line.count("\n") + 1
        start = end + 1


def _note_break(state: StateInline, silent: bool) -> bool:
    """Remember a line break outside code, tags, links and images; leave it to the rule that renders it."""
    if not silent and state.linkLevel < 1:
        at = state.pos + (state.src[state.pos] == "\\")
        if state.src[at : at + 1] == "\n":
            state.env["breaks"].append(at)
    return False


def _comment(state: StateInline, silent: bool) -> bool:
    """Step over an HTML comment and remember it: it is not shown, so it is no argument.

    The library's own rule tries a pattern at every ``<!--``, which takes quadratic time on hostile text.
    """
    start = state.pos
    if state.src.startswith("<!--", start) and start + 2 <= state.env["last_comment_end"]:
        state.pos = state.src.index("-->", start + 2) + len("-->")
        if not silent:
            state.env["comments"].append((start, state.pos))
        return True
    return not state.src.startswith("<!--", start) and html_inline(state, silent)


@cache
def _parser() -> MarkdownIt:
    """Build the block parser; inline rules run only on paragraphs that may hold a command.

    Images are left to the link rule, which reads them alike. Underlined headings are off because a
    signature's ``--`` below a command would make it one.
    """
    parser = MarkdownIt("commonmark").enable("table").disable("lheading")
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.inline.ruler.enableOnly(
        ["text", "newline", "escape", "backticks", "link", "autolink", "html_inline"]
    )
    parser.inline.ruler2.enableOnly([])
    parser.inline.ruler.before("text", "note_break", _note_break)
    parser.inline.ruler.at("html_inline", _comment)
    return parser
