"""Tell the slug of a collection on the Hub from its title."""

from __future__ import annotations

import re

SLUG = re.compile(r"([\w.-]{1,96})/[a-z0-9-]{1,100}-[0-9a-f]{24}")
"""How the Hub names a collection, after who owns it (huggingface_hub, ``Collection.slug``)."""
LONGEST_TITLE = 59
"""Characters of a collection's title, at most (hub-docs, "Collections")."""
