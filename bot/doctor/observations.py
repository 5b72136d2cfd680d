"""What the doctor looked at, as plain data without a secret in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Key(StrEnum):
    """What the private key turned out to be."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"
    NOT_RSA = "not-rsa"
    FINE = "fine"


@dataclass(frozen=True)
class Answer:
    """What a server answered, or ``error`` with why there was no answer.

    ``clock`` is the seconds by which our clock is ahead of the server's, read from its ``Date`` header.
    """

    status: int | None = None
    body: Any = None
    clock: float | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Say whether the server did what it was asked."""
        return self.status is not None and self.status < 300

    @property
    def fields(self) -> Mapping[str, Any]:
        """Give the body when it is a mapping, else nothing."""
        return self.body if isinstance(self.body, dict) else {}


@dataclass(frozen=True)
class Database:
    """What trying to write to the database showed."""

    kind: str = "SQLite"
    error: str = ""
    journal: str = "wal"
    """SQLite's journal mode after asking for write-ahead logging."""
    schema: str | None = None
    """Which schema it says it has."""


@dataclass(frozen=True)
class Observations:
    """Everything the doctor judges by; ``None`` stands for what could not be asked."""

    github_api_url: str = "https://api.github.com"
    hub_endpoint: str = "https://huggingface.co"
    public_url: str | None = None
    slug: str = "giveback"
    dry_run: bool = False
    missing: tuple[str, ...] = ()
    has_no_app: bool = False
    """None of what a service needs for GitHub is set, so that it offers to register an App."""
    misspelt: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that no setting reads, with the nearest one that is."""
    key: Key = Key.FINE
    secret_lengths: tuple[int, ...] = ()
    github: Answer = Answer()
    app: Answer | None = None
    hook: Answer | None = None
    deliveries: Answer | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    """What app.yml asks for."""
    events: tuple[str, ...] = ()
    hub: Answer = Answer()
    has_hub_token: bool = False
    hub_tokens: tuple[str, ...] = ()
    """Namespaces of the Hub with a token of their own."""
    closed_hub_tokens: tuple[str, ...] = ()
    """Those of them whose token no key opens."""
    has_hub_token_keys: bool = False
    unsigned: str = ""
    """Why published models are not signed; empty when they are."""
    signing_key: str = ""
    """What is wrong with the key to sign with; empty when nothing is, or none is set."""
    has_sentence_model: bool = False
    """Whether a sentence model is set, to compare issues by their meaning too."""
    sentence_model: str = ""
    """Why it cannot be used; empty when it can, or none is set."""
    database: Database = Database()
    free_bytes: int = 0
