"""Tokens of pipelines that ask for releases: made by the operator, and kept as digests."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Sequence

from sqlalchemy import BigInteger
from sqlmodel import JSON, Field, Session, SQLModel, col, select

PREFIX = "gvb"
"""Begins every token, so that scanners of secrets can know one."""

_TOKEN = re.compile(rf"{PREFIX}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})")
_NOBODYS = hashlib.sha256(b"").hexdigest()


class ApiToken(SQLModel, table=True):
    """What is known of a token; its secret part is not. Times are seconds since the epoch, UTC."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    """The part of the token that is no secret, and that people name it by."""
    name: str
    """What the operator calls it."""
    owner: str
    """Login of the person a release counts as asked for by."""
    owner_account: int = Field(sa_type=BigInteger)
    """GitHub's number of the owner's account, since a login may pass to somebody else; 0 in tokens from when
    it could be left out, which are good for nothing."""
    repositories: list[str] = Field(sa_type=JSON)
    """``owner/repo``, in lower case, of each repository it may ask for."""
    digest: str
    """SHA-256 of the secret part. That is 256 random bits, so a slow hash would guard nothing more."""
    made_at: float
    expires_at: float | None = None
    revoked_at: float | None = None

    def reaches(self, repository: str) -> bool:
        """Tell whether it may be used for a repository."""
        return repository.lower() in self.repositories

    def is_good(self, now: float) -> bool:
        """Tell whether it is neither revoked nor too old, and its owner's account is known."""
        return (
            bool(self.owner_account)
            and self.revoked_at is None
            and (self.expires_at is None or now < self.expires_at)
        )


def create(
    session: Session,
    name: str,
    owner: str,
    repositories: Sequence[str],
    *,
    owner_account: int,
    expires_at: float | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; give what is kept of it, and the token itself, which is to be had this once."""
    secret = secrets.token_urlsafe(32)
    made = ApiToken(
        id=secrets.token_hex(6),
        name=name,
        owner=owner,
        owner_account=owner_account,
        repositories=sorted({repository.lower() for repository in repositories}),
        digest=_digest(secret),
        made_at=time.time(),
        expires_at=expires_at,
    )
    session.add(made)
    return made, f"{PREFIX}_{made.id}_{secret}"


def find(session: Session, token: str, now: float) -> ApiToken | None:
    """Give what a token stands for; None when it is unknown or not good any more.

    The secret part is compared in constant time, and something is compared also when there is no such token.
    """
    parts = _TOKEN.fullmatch(token)
    kept = session.get(ApiToken, parts[1]) if parts else None
    is_right = secrets.compare_digest(
        kept.digest if kept else _NOBODYS, _digest(parts[2] if parts else token)
    )
    return kept if kept is not None and is_right and kept.is_good(now) else None


def every(session: Session) -> Sequence[ApiToken]:
    """List all tokens, the newest first."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.made_at).desc())).all()


def revoke(session: Session, id: str) -> bool:
    """Have a token be good for nothing from now on; False when there is no such token."""
    kept = session.get(ApiToken, id)
    if kept is None:
        return False
    kept.revoked_at = kept.revoked_at or time.time()
    session.add(kept)
    return True


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
