"""Show what people wrote as HTML: Markdown, with only the harmless tags GitHub lets through."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?(?:details|summary|br|hr|sub|sup|kbd|b|i|em|strong|ins|del|p)\s*/?>|<details open>")
_BOX = re.compile(r"(<li>(?:\s*<p>)?)\[([ xX])\] ")


def _harmless(text: str) -> str:
    """Drop comments, keep a few bare tags, show every other one as text."""
    text = _COMMENT.sub("", text)
    kept = _TAG.findall(text)
    parts = [html.escape(part, quote=False) for part in _TAG.split(text)]
    return parts[0] + "".join(tag + part for tag, part in zip(kept, parts[1:], strict=True))


def _tag(renderer: Any, tokens: Sequence[Token], index: int, options: Any, environment: Any) -> str:
    return _harmless(tokens[index].content)


_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_PARSER.add_render_rule("html_block", _tag)
_PARSER.add_render_rule("html_inline", _tag)


def shown(text: str | None) -> Markup:
    """Render Markdown; what comes out is safe to put into a page."""
    rendered = str(_PARSER.render(text or ""))

    def box(match: re.Match[str]) -> str:
        ticked = " checked" if match[2] in "xX" else ""
        return f'{match[1]}<input type="checkbox" disabled{ticked}> '

    # Nothing unescaped is left: markdown-it escapes text, _harmless the tags.
    return Markup(_BOX.sub(box, rendered))  # noqa: S704
