"""Say into which namespaces of the Hub a GitHub repository may publish."""

from __future__ import annotations

import re
from collections.abc import Mapping

_GITHUB = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100})?", re.ASCII)
_HUB = re.compile(r"[\w.-]{1,96}", re.ASCII)


def parse_namespaces(text: str) -> dict[str, frozenset[str]]:
    """Read ``octo=octo-ai,octo/secret=octo-labs``: a GitHub owner or repository, and a Hub namespace each.

    One that stands there twice has both namespaces. Names count in lower case, as both sites compare them.

    Raises:
        ValueError: an entry is not of this form.
    """
    namespaces: dict[str, frozenset[str]] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        place, _, namespace = (part.strip().lower() for part in entry.partition("="))
        if not _GITHUB.fullmatch(place) or not _HUB.fullmatch(namespace):
            raise ValueError("expected pairs such as octo=octo-ai,octo/models=octo-labs")
        namespaces[place] = namespaces.get(place, frozenset()) | {namespace}
    return namespaces


def may_publish(repository: str, hub_id: str, namespaces: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether ``owner/repo`` on GitHub may publish ``namespace/name`` on the Hub.

    What is named for the repository or its owner counts. When neither is, the namespace called like the
    owner does, unless it was named for somebody else: whose account on the Hub is called like a stranger's on
    GitHub is not that stranger's.
    """
    place, target = repository.lower(), hub_id.lower()
    owner = place.partition("/")[0]
    namespace, slash, name = target.partition("/")
    named = namespaces.get(place, frozenset()) | namespaces.get(owner, frozenset())
    default = {owner} - frozenset().union(*namespaces.values())
    return bool(namespace and slash and name) and namespace in (named or default)
