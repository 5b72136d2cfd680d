"""Show Markdown as HTML that is safe to put into a page."""

from __future__ import annotations

import posixpath
import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_RELATIVE = re.compile(r"(?![A-Za-z][A-Za-z0-9+.-]*:|/)(?P<path>[^?#]+)(?P<rest>.*)", re.DOTALL)
_ADDRESSES = (("image", "src", "resolve"), ("link_open", "href", "blob"))
_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def shown(text: str, beside: str | None = None) -> Markup:
    """Make HTML of Markdown.

    What a card names by a relative path stands ``beside`` it, under the path of its repository: a picture is
    taken as it is (``resolve``), a link leads to the file's page (``blob``), as on the Hub.
    """
    # Comments would show as text; the real Hub hides them.
    tokens = _markdown.parse(_COMMENT.sub("", text))
    if beside is not None:
        for token in tokens:
            for inner in token.children or ():
                _place(inner, beside)
    # markdown-it was told to take no HTML and drops dangerous links, so what it makes is safe to show.
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S704  # see above


def _place(token: Token, beside: str) -> None:
    """Give a relative address the place it stands for; one that leads out of the repository stays."""
    for kind, attribute, how in _ADDRESSES:
        found = _RELATIVE.match(str(token.attrs.get(attribute, ""))) if token.type == kind else None
        path = posixpath.normpath(found["path"]) if found else ".."
        if found and not path.startswith(".."):
            token.attrs[attribute] = f"/{beside}/{how}/main/{path}{found['rest']}"
