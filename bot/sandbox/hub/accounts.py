"""Know the Hub's users, organizations and tokens, and what each may read and write."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from bot.sandbox.hub.gitstore import write_atomically
from bot.sandbox.hub.names import RepoName

TokenRole = Literal["read", "write", "fineGrained"]
Scope = Literal["read", "write"]

_WRITING_ROLES = frozenset({"write", "admin"})
_CREATING_ROLES = frozenset({"contributor", "write", "admin"})


@dataclass(frozen=True)
class Token:
    """What a token may do.

    ``scopes`` maps namespaces (``acme``) and repository paths (``acme/tiny``, ``datasets/acme/corpus``) to
    what may be done there; it counts for fine-grained tokens only.
    """

    user: str
    role: TokenRole
    name: str = "token"
    scopes: dict[str, Scope] = field(default_factory=dict)
    expires: float | None = None
    """Unix time in seconds after which the token is worth nothing."""


@dataclass(frozen=True)
class Caller:
    """Who is asking, by which token, with the roles they hold in organizations."""

    token: Token
    organizations: dict[str, str]

    @property
    def name(self) -> str:
        """Name the user."""
        return self.token.user

    def role_in(self, namespace: str) -> str | None:
        """Give the role in a namespace: ``admin`` in one's own, the member's role in an organization."""
        return "admin" if namespace == self.name else self.organizations.get(namespace)

    def may_see(self, repo: RepoName) -> bool:
        """Say whether a private repository is visible."""
        if self.token.role == "fineGrained":
            return repo.path in self.token.scopes or repo.namespace in self.token.scopes
        return self.role_in(repo.namespace) is not None

    def may_write(self, repo: RepoName, creator: str) -> bool:
        """Say whether commits, refs and settings of a repository may be changed.

        A contributor of an organization writes only to what they created (hub-docs, "Access control in
        organizations").
        """
        if self.token.role == "fineGrained":
            return "write" in (self.token.scopes.get(repo.path), self.token.scopes.get(repo.namespace))
        if self.token.role != "write":
            return False
        role = self.role_in(repo.namespace)
        return role in _WRITING_ROLES or (role == "contributor" and creator == self.name)

    def may_create_in(self, namespace: str) -> bool:
        """Say whether a repository or collection may be created in a namespace."""
        if self.token.role == "fineGrained":
            return self.token.scopes.get(namespace) == "write"
        return self.token.role == "write" and self.role_in(namespace) in _CREATING_ROLES


@dataclass
class Accounts:
    """Everybody the Hub knows, kept in one file; of a token only its hash is kept."""

    file: Path
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    organizations: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    publishers: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> Accounts:
        """Read the accounts of an earlier run, or start with none."""
        if not file.exists():
            return cls(file)
        stored = json.loads(file.read_text())
        tokens = {digest: Token(**token) for digest, token in stored.pop("tokens").items()}
        return cls(file, tokens=tokens, **stored)

    def caller(self, secret: str) -> Caller | None:
        """Find who a token belongs to; None when it is unknown or has run out."""
        token = self.tokens.get(_digest(secret))
        if token is None or (token.expires is not None and token.expires < time.time()):
            return None
        return Caller(token, self.organizations_of(token.user))

    def viewer(self, user: str) -> Caller | None:
        """Look at pages as a user, with no right to change anything."""
        return Caller(Token(user, "read"), self.organizations_of(user)) if user in self.users else None

    def organizations_of(self, user: str) -> dict[str, str]:
        """Map the organizations a user belongs to to the role held there."""
        return {name: roles[user] for name, roles in self.organizations.items() if user in roles}

    def exists(self, namespace: str) -> bool:
        """Say whether a user or an organization has this name."""
        return namespace in self.users or namespace in self.organizations

    def add_user(self, name: str, fullname: str) -> None:
        """Create a user; one who is there already stays as they are."""
        self.users.setdefault(name, {"fullname": fullname, "email": f"{name}@hub.sandbox"})
        self._save()

    def add_members(self, organization: str, members: dict[str, str]) -> None:
        """Create an organization, or give users a role (read, contributor, write, admin) in it."""
        self.organizations.setdefault(organization, {}).update(members)
        self._save()

    def issue(self, token: Token, prefix: str = "hf_") -> str:
        """Make a secret for a token. This is the only time it can be seen."""
        secret = prefix + secrets.token_urlsafe(24)
        self.tokens[_digest(secret)] = token
        self._save()
        return secret

    def trust(self, repo_path: str, claims: dict[str, str]) -> None:
        """Let jobs whose identity token carries exactly these claims publish to one repository."""
        self.publishers[repo_path] = claims
        self._save()

    def _save(self) -> None:
        kept = {
            "users": self.users,
            "organizations": self.organizations,
            "tokens": {digest: asdict(token) for digest, token in self.tokens.items()},
            "publishers": self.publishers,
        }
        write_atomically(self.file, json.dumps(kept, indent=1).encode())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
