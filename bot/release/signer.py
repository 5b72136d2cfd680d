"""Name who signs a release without a key: an identity, and who vouches for it."""

from __future__ import annotations

from dataclasses import dataclass

GITHUB_ACTIONS = "https://token.actions.githubusercontent.com"
"""Who vouches for the workflows of GitHub Actions."""


@dataclass(frozen=True)
class Identity:
    """Name who signs: the address of a workflow, or of a mailbox, and the issuer that vouches for it."""

    name: str
    issuer: str

    def __str__(self) -> str:
        return f"{self.name}, for whom {self.issuer} vouches"
