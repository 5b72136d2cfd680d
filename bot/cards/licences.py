"""Know the licence ids the Hub accepts."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files

from bot.documents import parse_mapping

OTHER = "other"
"""The id that needs ``license_name`` and ``license_link`` beside it."""
UNKNOWN = "unknown"
"""The id that names no terms, so that nobody may use the model."""


@cache
def known() -> dict[str, str]:
    """Read the ids and names of all licences the Hub knows."""
    data, _ = parse_mapping(files("bot.cards").joinpath("licences.yml").read_bytes())
    return {key: str(name) for key, name in data.items()}


def meant(wrong: str) -> str | None:
    """Give the id of a licence written another way, if it can be one only: ``mit`` for ``MIT License``."""
    return _by_spelling().get(_plain(wrong))


def of_address(address: str) -> str | None:
    """Give the id of a licence by the address of its own page, as Croissant names licences."""
    spdx = re.fullmatch(
        r"https?://(?:www\.)?(?:spdx|opensource)\.org/licenses?/([\w.+-]{1,60}?)(?:\.html|/)?", address
    )
    cc = re.match(r"https?://creativecommons\.org/licenses/([a-z-]{2,20})/([0-9.]{1,5})", address)
    if cc:
        return meant(f"cc-{cc[1]}-{cc[2]}")
    if re.match(r"https?://creativecommons\.org/publicdomain/zero/1\.0", address):
        return "cc0-1.0"
    return meant(spdx[1]) if spdx else None


def nearest(wrong: str) -> str | None:
    """Guess which id was meant, for example ``apache-2.0`` for ``Apache 2.0``."""
    right = meant(wrong)
    if right:
        return right
    near = difflib.get_close_matches(wrong.strip().lower()[:80], known(), n=1)
    return near[0] if near else None


@cache
def _by_spelling() -> dict[str, str]:
    table, _ = parse_mapping(files("bot.cards").joinpath("licence_spellings.yml").read_bytes())
    others = {_plain(other): licence for licence, named in table.items() for other in named}
    return others | {_plain(licence): licence for licence in known()}


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def problem(licence: str, name: str | None = None, link: str | None = None) -> str | None:
    """Say what is wrong with a licence as a card or manifest declares it, or None.

    Source: hub-docs, modelcard.md (``license``, ``license_name``, ``license_link``).
    """
    if licence == UNKNOWN:
        return 'the licence "unknown" gives nobody the right to use the model'
    if licence == OTHER and not (name and link):
        return 'the licence "other" needs license_name and license_link beside it'
    if licence in known():
        return None
    near = nearest(licence)
    return f'"{licence[:80]}" is not a licence id the Hub knows' + (
        f'; did you mean "{near}"?' if near else ""
    )
