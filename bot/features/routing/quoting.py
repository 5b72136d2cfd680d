"""Quote Markdown that somebody wrote, without calling anybody it mentions."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt

_MENTION = re.compile(r"@(?=[A-Za-z0-9])")
_ZERO_WIDTH_SPACE = "\u200b"
LONGEST = 60_000
"""Characters that are quoted; GitHub takes 65,536 with everything around them."""


def quoted(text: str, limit: int = LONGEST) -> str:
    """Give a text as a Markdown quote, with its mentions made plain; code, which mentions nobody, stays.

    Longer text than ``limit`` characters is cut with an ellipsis.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    if len(text) > limit:
        text = f"{text[: limit - 1].rstrip()}…"
    lines = text.strip("\n").split("\n")
    code = _lines_of_code("\n".join(lines))
    calm = (
        line if number in code else _MENTION.sub(f"@{_ZERO_WIDTH_SPACE}", line)
        for number, line in enumerate(lines)
    )
    return "\n".join(f"> {line}".rstrip() for line in calm)


def _lines_of_code(text: str) -> set[int]:
    """Give the numbers, from 0, of the lines in code blocks at the outermost level.

    A block inside a list or a quote may end where this reader and GitHub's disagree.
    """
    return {
        number
        for token in _parser().parse(text)
        if token.type in ("fence", "code_block") and token.level == 0 and token.map is not None
        for number in range(*token.map)
    }


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser
