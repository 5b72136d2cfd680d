"""The place a conversation happens, and what the bot knows it by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thread:
    """An issue or pull request: the place a conversation happens. Number 0 stands for the repository."""

    repository: str
    """``owner/repo``, as it was called when the event happened; what requests are addressed to."""
    number: int
    repository_id: int = 0
    """GitHub's number of the repository, which stays when it is renamed; 0 where nobody said it."""

    @property
    def home(self) -> str:
        """Return what the bot's memory knows the repository by, whatever it is called."""
        return str(self.repository_id) if self.repository_id else self.repository

    @property
    def line(self) -> str:
        """Return the line its work stands in: one thing at a time happens on a thread."""
        return f"{self.home}#{self.number}" if self.number else self.home

    def __str__(self) -> str:
        return f"{self.repository}#{self.number}" if self.number else self.repository
