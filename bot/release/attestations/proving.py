"""Hold a signature against whom somebody expects: the holder of a key, or an identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from bot.release.attestations import keyless, signature
from bot.release.attestations.identity import identity_in
from bot.release.signer import Identity


@dataclass(frozen=True)
class Proof:
    """Hold the SHA-256 of each file that was signed, who signed in a word, and what else was seen."""

    files: Mapping[str, str]
    by: str
    more: tuple[str, ...] = ()


Prover = Callable[[str], Proof]
"""Check a signature; raises BadSignature, and CannotCheck where that is not possible."""


def by_key(key: EllipticCurvePublicKey) -> Prover:
    """Expect the holder of a key."""

    def prove(text: str) -> Proof:
        said = identity_in(text)
        if said is not None:
            raise signature.BadSignature(f"it was not made with a key; it says it was made by {said}")
        return Proof(signature.check(text, key), "the key")

    return prove


def by_identity(expected: Identity, trust: Path | None) -> Prover:
    """Expect an identity, by the Sigstore that ``trust`` describes, or by its public services."""

    def prove(text: str) -> Proof:
        logged = keyless.check(text, expected, trust)
        whose = f"the Sigstore of {trust}" if trust else "Sigstore's public services"
        when = f" on {logged.moment:%Y-%m-%d at %H:%M} UTC" if logged.moment else ""
        vouched = (
            f"{expected.issuer} vouched for that name, and the signature is in the log as entry "
            f"{logged.entry}{when}, by {whose}"
        )
        ran = (f"it vouched, too, that the job ran for {logged.ran}",) if logged.ran else ()
        return Proof(logged.files, expected.name, (vouched, *ran))

    return prove


def unchecked(text: str) -> str:
    """Say what a signature that nobody is expected of says of itself. Raises BadSignature."""
    said = identity_in(text)
    if said is None:
        return "it was made with a key; name the public one with --key"
    return f"it says it was made by {said}; say with --identity and --issuer, or --manifest, whom you expect"
