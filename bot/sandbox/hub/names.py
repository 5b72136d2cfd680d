"""Name repositories the way the Hub does, in ids, URLs and ndjson."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

RepoType = Literal["model", "dataset", "space"]
TYPES: tuple[RepoType, ...] = get_args(RepoType)

# The client's own rule (huggingface_hub, utils/_validators.py): at most 96 characters, no "--" or "..".
_PART = re.compile(r"(?!.*(?:--|\.\.))(?!.*\.git$)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")


def valid_name(part: object) -> bool:
    """Say whether a namespace or a repository may be called this."""
    return isinstance(part, str) and _PART.fullmatch(part) is not None


def valid_id(text: object) -> bool:
    """Say whether ``text`` could be the id of a repository, with or without a namespace."""
    if not isinstance(text, str):
        return False
    parts = text.split("/")
    return len(parts) in (1, 2) and all(map(valid_name, parts))


@dataclass(frozen=True, order=True)
class RepoName:
    """The name of one repository: its type, its namespace (a user or organization) and its own name."""

    type: RepoType
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """Give the id, which is unique within the type only: ``acme/tiny``."""
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        """Give the path of its page, which is unique: ``acme/tiny``, ``datasets/acme/corpus``."""
        return self.id if self.type == "model" else f"{self.type}s/{self.id}"
