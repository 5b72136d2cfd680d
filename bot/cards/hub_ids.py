"""Tell names on the Hub from paths on somebody's disk."""

from __future__ import annotations

import re

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")


def is_hub_id(name: str) -> bool:
    """Tell whether a name can be a repository on the Hub rather than a path on somebody's disk.

    Source: huggingface_hub 2.4, ``utils/_validators.py``, ``validate_repo_id``.
    """
    return bool(_HUB_ID.fullmatch(name)) and len(name) <= 96 and ".." not in name and "--" not in name
