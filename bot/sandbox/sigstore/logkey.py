"""The key of a transparency log, known by the hash of its public half."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _new() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class LogKey:
    """Sign for one log with ECDSA on P-256 and SHA-256."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=_new)

    @property
    def public(self) -> bytes:
        """Give the public key as DER."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def id(self) -> bytes:
        """Give the log's id (RFC 6962, section 3.2)."""
        return hashlib.sha256(self.public).digest()

    def sign(self, data: bytes) -> bytes:
        """Sign bytes."""
        return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
