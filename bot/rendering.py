"""Render the house's templates, and make text from people safe to repeat."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

BODY_LIMIT = 65_536
"""Characters GitHub accepts in an issue or comment body; it answers 422 above."""

_ZERO_WIDTH_SPACE = "\u200b"
_LIVE = re.compile(r"@(?=\S)|#(?=\d)|\bGH-(?=\d)|/(?=/)|www(?=\.)|(?:mailto|xmpp)(?=:)", re.IGNORECASE)
"""What GitHub turns into a mention, a reference to an issue, or a link, without any markup: the GitHub
Flavored Markdown Spec, "Autolinks (extension)", and GitHub Docs, "Autolinked references and URLs"."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~<>$-])")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def template_folder() -> Path:
    """Find the templates: inside the installed package, or beside it in a checkout."""
    installed = Path(__file__).parent / "templates"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "templates"


def environment(loader: BaseLoader | None = None, *, markup: bool = False) -> ImmutableSandboxedEnvironment:
    """Build the one kind of Jinja environment the house uses: sandboxed, strict, immutable.

    ``markup`` turns on HTML escaping, for pages. Markdown templates escape with the ``plain``
    and ``code`` filters instead.
    """
    made = ImmutableSandboxedEnvironment(
        loader=loader or FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        autoescape=markup,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["plain"] = plain
    made.filters["code"] = code
    made.filters["in_cell"] = in_cell
    made.filters["listed"] = listed
    made.filters["mention"] = mention
    made.filters["day"] = day
    return made


@cache
def _house(markup: bool) -> ImmutableSandboxedEnvironment:
    return environment(markup=markup)


def render(template: str, /, **variables: object) -> str:
    """Render one of the house's Markdown templates, for example ``comments/help.md.j2``."""
    return _house(False).get_template(template).render(**variables).strip() + "\n"


def render_page(template: str, /, **variables: object) -> str:
    """Render one of the house's HTML pages with escaping on, for example ``pages/health.html.j2``."""
    return _house(True).get_template(template).render(**variables)


def plain(text: object, limit: int = 300) -> str:
    """Make text from a person safe to repeat inside Markdown: no markup, no link, no mention, no link-back.

    An address in it stays legible, and is not made a link that the bot would seem to recommend.

    Longer text than ``limit`` characters is cut with an ellipsis.
    """
    return _MARKDOWN.sub(r"\\\1", html.escape(quiet(text, limit), quote=False))


def code(text: object, limit: int = 300) -> str:
    """Show text from a person as inline code that it cannot break out of."""
    flat = " ".join(_CONTROL.sub(" ", str(text)).split())
    if len(flat) > limit:
        flat = flat[: limit - 1] + "…"
    longest = max((len(run) for run in re.findall("`+", flat)), default=0)
    fence = "`" * (longest + 1)
    edge = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return f"{fence}{edge}{flat}{edge}{fence}"


def in_cell(markdown: str) -> str:
    """Keep inline code, or other Markdown on one line, from ending the table's cell that it stands in.

    A row is cut into cells before anything else is read, code too (GitHub Flavored Markdown Spec, "Tables").
    """
    return markdown.replace("\\|", f"\\{_ZERO_WIDTH_SPACE}|").replace("|", "\\|")


def quiet(text: object, limit: int = 200) -> str:
    """Make text from a person safe as plain text on one line, such as a title or a commit message.

    No link, no mention, and no ``#1`` that would refer to or, after a word like "fixes", close an issue.
    """
    flat = " ".join(_CONTROL.sub(" ", str(text)).split())
    if len(flat) > limit:
        flat = flat[: limit - 1].rstrip() + "…"
    return _LIVE.sub(lambda live: live[0] + _ZERO_WIDTH_SPACE, flat)


def listed(items: Iterable[object], conjunction: str = "and") -> str:
    """Join words the way a sentence does: ``a, b and c``."""
    words = [str(item) for item in items]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def mention(login: str) -> str:
    """Address a person, so that GitHub tells them; what cannot be a login is repeated plainly."""
    return f"@{login}" if _LOGIN.fullmatch(login) else plain(login)


def day(moment: float) -> str:
    """Name the day of a moment, in seconds since the epoch, the way people write it: ``2 November 2026``."""
    date = datetime.fromtimestamp(moment, UTC)
    return f"{date.day} {date:%B %Y}"


def fit(body: str, limit: int = BODY_LIMIT) -> str:
    """Cut a body to what GitHub accepts, saying that it was cut."""
    if len(body) <= limit:
        return body
    notice = "\n\n_Cut here: the rest is longer than GitHub lets a comment be._\n"
    return body[: limit - len(notice)] + notice
