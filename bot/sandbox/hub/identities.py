"""Stand in for who issues identities to jobs, as GitHub Actions does: sign them, and check signatures."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.sandbox.hub.errors import HubError

LIFETIME = 300
"""Seconds an identity is good for, as one from GitHub Actions is."""

_ALGORITHM = "EdDSA"


@dataclass(frozen=True)
class Issuer:
    """Issue identities with one key, and know them again."""

    key: Ed25519PrivateKey
    jobs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What is claimed for each job, by the secret with which it asks for its identity."""

    @classmethod
    def of(cls, secret: bytes) -> Issuer:
        """Derive the key from a secret of the Hub's."""
        return cls(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"identities" + secret).digest()))

    def begin(self, claims: Mapping[str, str]) -> str:
        """Begin a job, and give the secret with which it asks for its identity."""
        secret = secrets.token_urlsafe(16)
        self.jobs[secret] = claims
        return secret

    def identity(self, secret: str, issuer: str, audience: str) -> str:
        """Sign what is claimed for a job. Raises HubError (401) for no job's secret."""
        if secret not in self.jobs:
            raise HubError(401, "No job asks with this token")
        now = int(time.time())
        told = {**self.jobs[secret], "iss": issuer, "aud": audience, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(told, self.key, algorithm=_ALGORITHM)

    def claims(self, identity: str, issuer: str, audience: str) -> dict[str, Any]:
        """Give what an identity claims, whose signature, issuer, audience and age are checked.

        Raises HubError (400), which does not say what was wrong (hub-docs, trusted-publishers.md).
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                identity,
                self.key.public_key(),
                algorithms=[_ALGORITHM],
                issuer=issuer,
                audience=audience,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except jwt.InvalidTokenError as error:
            raise oauth_error("invalid_grant") from error
        return claims


def oauth_error(code: str) -> HubError:
    """Refuse an exchange in the words of OAuth."""
    return HubError(400, f"Token exchange refused: {code}", body={"error": code})
