"""The sandbox's inside: its records, its git repositories, its hooks and its counters."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox.github import git as content
from bot.sandbox.github.hooks import Hooks
from bot.sandbox.github.records import Account, Repository
from bot.sandbox.github.store import Store, timestamp

WINDOW_SECONDS = {"core": 3600, "graphql": 3600, "search": 60}
"""How long a primary limit runs, by the resource it is for (docs: rate limits for the REST API)."""

SEARCHES_PER_MINUTE = 30
REMEMBERED_REQUESTS = 200_000


@dataclass
class Allowance:
    """How much of a primary rate limit one caller has used in the current hour or minute."""

    used: int
    reset: int


class House:
    """Everything a route works with."""

    def __init__(self, state: Path, *, hourly_limit: int) -> None:
        self.state = state
        self.store = Store(state)
        self.hooks = Hooks(self.store)
        self.hourly_limit = hourly_limit
        self.requests: deque[dict[str, Any]] = deque(maxlen=REMEMBERED_REQUESTS)
        self.request_count = 0
        self.signing_key = secrets.token_bytes(32)
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._git: dict[int, content.Repository] = {}

    def close(self) -> None:
        """Write what is left and end the git readers."""
        for repository in self._git.values():
            repository.close()
        self.store.close()

    def find_repository(self, owner: str, name: str) -> Repository | None:
        """Find a repository under the name it has now."""
        account = self.store.accounts.one(login=owner.lower())
        return self.store.repositories.one(name=(account.id, name.lower())) if account else None

    def find_renamed(self, owner: str, name: str) -> Repository | None:
        """Find a repository under a name it had before."""
        former = f"{owner}/{name}".lower()
        return next((each for each in self.store.repositories if former in each.former_names), None)

    def full_name(self, repository: Repository) -> str:
        """Name a repository with its owner."""
        return f"{self.store.accounts[repository.owner_id].login}/{repository.name}"

    def folder(self, repository: Repository) -> Path:
        """Say where a repository's git content lies."""
        return self.state / "git" / f"{self.full_name(repository)}.git"

    def git(self, repository: Repository) -> content.Repository:
        """Open a repository's git content."""
        opened = self._git.get(repository.id)
        if opened is None:
            opened = self._git[repository.id] = content.Repository(self.folder(repository))
        return opened

    def forget_git(self, repository: Repository) -> content.Repository:
        """Take a repository's git content out of use, to delete it."""
        opened = self.git(repository)
        del self._git[repository.id]
        return opened

    def lfs_folder(self) -> Path:
        """Say where large files lie, by their SHA-256."""
        return self.state / "lfs"

    def assets_folder(self) -> Path:
        """Say where files of releases lie, by their ids."""
        return self.state / "assets"

    def artifacts_folder(self) -> Path:
        """Say where what runs of Actions kept lies, by its ids."""
        return self.state / "artifacts"

    def add_account(self, login: str, kind: str, **more: Any) -> Account:
        """Add a person, an organisation or a bot."""
        account = Account(self.store.next_id(), login, kind, timestamp(), **more)
        return self.store.accounts.save(account)

    def web_flow(self) -> Account:
        """Answer the account GitHub itself commits with, as when it merges."""
        return self.store.accounts.one(login="web-flow") or self.add_account("web-flow", "User")

    def new_secret(self) -> str:
        """Make up a secret."""
        return secrets.token_hex(20)

    def limit(self, resource: str) -> int:
        """Say how many requests a caller has for a resource: core, graphql or search."""
        return SEARCHES_PER_MINUTE if resource == "search" else self.hourly_limit

    def allowance(self, bucket: str, resource: str = "core") -> Allowance:
        """Look up a caller's rate limit, beginning a new hour where the last one is over."""
        now = int(time.time())
        allowance = self._allowances.get((bucket, resource))
        if allowance is None or allowance.reset <= now:
            allowance = self._allowances[bucket, resource] = Allowance(0, now + WINDOW_SECONDS[resource])
        return allowance

    def reset_allowances(self) -> None:
        """Let every caller begin a new hour."""
        self._allowances.clear()
