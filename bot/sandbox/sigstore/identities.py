"""Issue identities to jobs as GitHub Actions does, and read them as Fulcio does."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import GeneralName, RFC822Name, UniformResourceIdentifier
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "sigstore"
LIFETIME = 300
"""Seconds an identity is good for, as one from GitHub Actions is."""
KEY_ID = "sandbox"

_ALGORITHM = "RS256"


@dataclass(frozen=True)
class Run:
    """Name what a job ran for: the repository's address, the commit, and the run's own address."""

    source: str
    commit: str
    address: str


class NoIdentity(Exception):
    """Say why somebody is not known."""


def _new() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Issuer:
    """Issue identities with one key, and know them again."""

    key: rsa.RSAPrivateKey = field(default_factory=_new)
    jobs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """What is claimed for each job, by the secret with which it asks for its identity."""

    def begin(self, claims: Mapping[str, str]) -> str:
        """Begin a job, and give the secret with which it asks for its identity."""
        secret = secrets.token_urlsafe(16)
        self.jobs[secret] = dict(claims)
        return secret

    def identity(self, secret: str, issuer: str, audience: str) -> str:
        """Sign what is claimed for a job. Raises NoIdentity for no job's secret."""
        if secret not in self.jobs:
            raise NoIdentity("no job asks with this token")
        now = int(time.time())
        told = {**self.jobs[secret], "iss": issuer, "aud": audience, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(told, self.key, algorithm=_ALGORITHM, headers={"kid": KEY_ID})

    def read(self, identity: str, issuer: str) -> Mapping[str, Any]:
        """Give what an identity claims; its signature, issuer, audience and age are checked.

        Raises NoIdentity.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                identity,
                self.key.public_key(),
                algorithms=[_ALGORITHM],
                issuer=issuer,
                audience=AUDIENCE,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise NoIdentity(f"there was an error processing the identity token: {error}") from error
        return claims

    def published_keys(self) -> dict[str, Any]:
        """Give the public key as a JSON Web Key Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": KEY_ID, "alg": _ALGORITHM, "use": "sig"}]}


def run_of(claims: Mapping[str, Any]) -> Run | None:
    """Give what a workflow's identity claims of its run; None when it does not claim all of it."""
    said = [claims.get(key) for key in ("repository", "sha", "run_id", "run_attempt")]
    if not all(isinstance(one, str) for one in said):
        return None
    repository, commit, number, attempt = said
    source = f"https://github.com/{repository}"
    return Run(source, str(commit), f"{source}/actions/runs/{number}/attempts/{attempt}")


def name_of(claims: Mapping[str, Any]) -> GeneralName:
    """Name who signs: a workflow of GitHub Actions by its address, a person by mail (Fulcio, oidc.md)."""
    workflow, mail = claims.get("job_workflow_ref"), claims.get("email")
    if isinstance(workflow, str):
        return UniformResourceIdentifier(f"https://github.com/{workflow}")
    if isinstance(mail, str):
        return RFC822Name(mail)
    raise NoIdentity("this kind of identity has no name that a certificate could carry")
