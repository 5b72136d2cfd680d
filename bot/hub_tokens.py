"""Tokens of the Hub that the service publishes with: one per namespace, encrypted, and the operator's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Engine
from sqlmodel import Field, Session, SQLModel, col, select

from bot.hub.errors import HubRefused
from bot.hub.jobs import HubAccess
from bot.namespaces import may_publish
from bot.transactions import in_transaction

Keys = Sequence[str]
"""Fernet keys (github.com/fernet/spec): the first one encrypts, and each of them may decrypt."""


class HubToken(SQLModel, table=True):
    """The token for one namespace of the Hub."""

    __tablename__ = "hub_token"

    namespace: str = Field(primary_key=True)
    """In lower case, as the Hub compares names."""
    sealed: str
    """The token and its namespace, encrypted together: one that was moved to another row does not open."""
    set_at: float
    """Seconds since the epoch, UTC."""


class UnreadableTokenError(Exception):
    """A token was encrypted with a key that is not among those given, or was changed."""


def put(session: Session, keys: Keys, namespace: str, token: str) -> None:
    """Keep the token for a namespace, instead of the one there was."""
    name = namespace.lower()
    session.merge(HubToken(namespace=name, sealed=_seal(keys, name, token), set_at=time.time()))


def open_sealed(kept: HubToken, keys: Keys) -> str:
    """Decrypt a token.

    Raises:
        UnreadableTokenError: none of the keys opens it, or it was another namespace's.
    """
    if not keys:
        raise UnreadableTokenError(kept.namespace)
    try:
        inside = json.loads(_cipher(keys).decrypt(kept.sealed.encode()))
    except (InvalidToken, ValueError):
        raise UnreadableTokenError(kept.namespace) from None
    if inside["namespace"] != kept.namespace:
        raise UnreadableTokenError(kept.namespace)
    return str(inside["token"])


def every(session: Session) -> Sequence[HubToken]:
    """List the tokens by namespace."""
    return session.exec(select(HubToken).order_by(col(HubToken.namespace))).all()


def remove(session: Session, namespace: str) -> bool:
    """Forget the token for a namespace; False when there is none."""
    kept = session.get(HubToken, namespace.lower())
    if kept is not None:
        session.delete(kept)
    return kept is not None


def rotate(session: Session, keys: Keys) -> int:
    """Encrypt every token anew with the first key, and count them.

    Raises:
        UnreadableTokenError: none of the keys opens one of them.
    """
    kept = every(session)
    for one in kept:
        one.sealed = _seal(keys, one.namespace, open_sealed(one, keys))
        session.add(one)
    return len(kept)


@dataclass(frozen=True)
class HubTokens:
    """Give each release the token that may publish it, and no other."""

    database: Engine
    endpoint: str
    namespaces: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Where repositories may publish, as :func:`bot.namespaces.may_publish` reads it."""
    keys: Keys = field(default=(), repr=False)
    operators: str = field(default="", repr=False)
    """The token for namespaces that have none of their own; empty when there is none."""

    async def access(self, repository: str, hub_id: str) -> HubAccess:
        """Say as whom a repository's release goes to ``hub_id``.

        Raises:
            HubRefused: the repository may not publish there, or there is no token that can be read.
        """
        if not may_publish(repository, hub_id, self.namespaces):
            raise HubRefused(
                f"{repository} may not publish {hub_id}.", "Ask the operator to set GIVEBACK_HUB_NAMESPACES."
            )
        access = await self.access_for(hub_id)
        if not access.has_token:
            raise HubRefused(
                f"This service has no Hub token for {hub_id.partition('/')[0]}.",
                "Ask who runs it to set one with giveback hub-tokens set, or GIVEBACK_HUB_TOKEN.",
            )
        return access

    async def access_for(self, hub_id: str) -> HubAccess:
        """Act with the token of the namespace, which stays encrypted here, or else with the operator's.

        Without either it is as anybody. A namespace's own token that cannot be read is not replaced by
        another one.

        Raises:
            HubRefused: the namespace's own token cannot be read.
        """
        namespace = hub_id.partition("/")[0].lower()
        kept = await in_transaction(self.database, _find, namespace)
        if kept is None:
            return HubAccess(self.endpoint, self.operators)
        unseal = partial(open_sealed, kept, self.keys)
        try:
            unseal()
        except UnreadableTokenError:
            raise HubRefused(
                f"The Hub token for {namespace} cannot be decrypted.",
                "Ask who runs this service to look at GIVEBACK_HUB_TOKEN_KEYS; giveback doctor says more.",
            ) from None
        return HubAccess(self.endpoint, "", unseal=unseal)


def _find(session: Session, namespace: str) -> HubToken | None:
    kept = session.get(HubToken, namespace)
    if kept is not None:
        session.expunge(kept)  # it is read after the transaction
    return kept


def _seal(keys: Keys, namespace: str, token: str) -> str:
    return _cipher(keys).encrypt(json.dumps({"namespace": namespace, "token": token}).encode()).decode()


def _cipher(keys: Keys) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
