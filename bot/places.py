"""Say from which places, besides GitHub and the Hub, a repository may take a release's content."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

Places = Mapping[str, frozenset[str]]
"""Beginnings of addresses, by the GitHub owner or repository (lower case) that may use them."""

Network = IPv4Network | IPv6Network

EVERYBODY = "*"
SCHEMES = ("https", "http", "s3", "gs", "models", "runs")

_GITHUB = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100})?|\*", re.ASCII)
_PORTS = {"https": ":443", "http": ":80"}


def parse_places(text: str) -> dict[str, frozenset[str]]:
    """Read ``octo=https://models.example.org/octo/,octo=s3://octo-models``.

    Before the equals sign is a GitHub owner or repository, or ``*`` for every one. A place is where addresses
    begin, up to the end of a host or folder.

    Raises:
        ValueError: an entry is not of this form.
    """
    places: dict[str, frozenset[str]] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        whose, _, place = (part.strip() for part in entry.partition("="))
        if not _GITHUB.fullmatch(whose) or not _is_place(place):
            raise ValueError("expected pairs such as octo=https://models.example.org/,octo=s3://octo-models")
        places[whose.lower()] = places.get(whose.lower(), frozenset()) | {place}
    return places


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read ``10.20.0.0/16,127.0.0.1``. Raises ValueError."""
    return tuple(ip_network(entry.strip()) for entry in text.split(",") if entry.strip())


def places_of(repository: str, places: Places) -> frozenset[str]:
    """List the places that ``owner/repo`` may take content from."""
    name = repository.lower()
    named = (places.get(one, frozenset()) for one in (EVERYBODY, name.partition("/")[0], name))
    return frozenset[str]().union(*named)


def is_within(address: str, places: Iterable[str]) -> bool:
    """Tell whether an address lies in one of the places, by whole steps of its path."""
    plain = _plain(address)
    if leads_elsewhere(urlsplit(plain).path):
        return False
    return any(plain == place or plain.startswith(place + "/") for place in map(_plain, places))


def leads_elsewhere(path: str) -> bool:
    """Tell whether a path has steps that servers and proxies may read differently, out of where it begins."""
    lowered = path.lower().replace("%2e", ".")
    return bool({".", ".."}.intersection(lowered.split("/"))) or any(
        odd in lowered for odd in ("\\", "%2f", "%5c", "%00")
    )


def _plain(address: str) -> str:
    """Write an address as others of the same place are: its host in lower case, without the usual port."""
    scheme, colon, rest = address.partition(":")
    scheme = scheme.lower()
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = "//" + host.lower().removesuffix(_PORTS.get(scheme, "\n")) + slash + path
    return f"{scheme}{colon}{rest}".rstrip("/")


def _is_place(text: str) -> bool:
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES or parts.query or parts.fragment or "@" in parts.netloc:
        return False
    if parts.scheme in ("models", "runs"):
        return not parts.netloc and parts.path.startswith("/")
    return bool(parts.netloc) and not leads_elsewhere(parts.path)
