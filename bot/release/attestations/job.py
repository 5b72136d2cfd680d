"""Ask for the identity of the job that this process is: what GitHub Actions gives a workflow, for example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt

from bot.hub.errors import HubRefused

AUDIENCE = "sigstore"
"""For whom the proof of an identity is meant."""


@dataclass(frozen=True)
class JobIdentity:
    """Hold the proof of who this job is, good for minutes; ``is_public`` tells whether everybody may know.

    It is public when the job says it runs for a public repository (GitHub, "OpenID Connect reference":
    ``repository_visibility``), and not when it does not say.
    """

    token: str = field(repr=False)
    is_public: bool


def job_identity() -> JobIdentity | None:
    """Give this job's identity; None when it has none.

    Raises HubRefused when there should be one and it is not to be had, and ImportError without the package
    ``sigstore``.
    """
    from sigstore.oidc import IdentityError, detect_credential

    try:
        token = detect_credential(AUDIENCE)
    except IdentityError:  # its words may quote what a server answered
        raise HubRefused(
            "The identity of this job, which is to sign the model, is not to be had. "
            "Nothing was sent to the Hub.",
            "On GitHub Actions give the job the permission id-token: write; or release with --no-keyless.",
        ) from None
    if not token:
        return None
    return JobIdentity(token, _claims(token).get("repository_visibility") == "public")


def is_offered(environment: Mapping[str, str]) -> bool:
    """Tell whether GitHub Actions offers this job an identity, without asking for it."""
    return environment.get("GITHUB_ACTIONS") == "true" and bool(
        environment.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    )


def _claims(token: str) -> Mapping[str, object]:
    """Read what a proof claims, unchecked: it is this job's own, and who issues certificates checks it."""
    try:
        claims: Mapping[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims
