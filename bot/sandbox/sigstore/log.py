"""Keep a log of signatures as Rekor does: what is entered stays, and every answer proves that it is there."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bot.sandbox.sigstore import merkle
from bot.sandbox.sigstore.authority import Clock, now
from bot.sandbox.sigstore.logkey import LogKey

ORIGIN = "sandbox-rekor"
"""Names the log in its checkpoints."""


class NotEntered(Exception):
    """Say why an entry was not taken."""


@dataclass(frozen=True)
class SignatureLog:
    """Hold the entries of one log, in memory."""

    clock: Clock = now
    key: LogKey = field(default_factory=LogKey)
    entries: list[bytes] = field(default_factory=list)

    def enter(self, envelope: str, verifier: str) -> dict[str, Any]:
        """Enter a DSSE envelope, whose signature is checked with the certificate, base64 of PEM.

        Gives the entry as Rekor's API answers it (version 1, ``LogEntry``). Raises NotEntered.
        """
        body = _canonical(_checked(envelope, verifier))
        self.entries.append(body)
        index = len(self.entries) - 1
        entered = {
            "body": base64.b64encode(body).decode(),
            "integratedTime": int(self.clock().timestamp()),
            "logID": self.key.id.hex(),
            "logIndex": index,
        }
        root = merkle.root(self.entries)
        proof = {
            "logIndex": index,
            "treeSize": len(self.entries),
            "rootHash": root.hex(),
            "hashes": [one.hex() for one in merkle.inclusion(self.entries, index)],
            "checkpoint": self._checkpoint(root),
        }
        promise = base64.b64encode(self.key.sign(_canonical(entered))).decode()
        return {
            hashlib.sha256(b"\x00" + body).hexdigest(): {
                **entered,
                "verification": {"inclusionProof": proof, "signedEntryTimestamp": promise},
            }
        }

    def _checkpoint(self, root: bytes) -> str:
        """Sign the state of the tree (transparency-dev, formats/log; the signed note of Go's sumdb)."""
        note = f"{ORIGIN}\n{len(self.entries)}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self.key.id[:4] + self.key.sign(note.encode())).decode()
        return f"{note}\n— {ORIGIN} {signature}\n"


def _checked(envelope: str, verifier: str) -> dict[str, Any]:
    """Give the body of an entry of the type dsse 0.0.1 once its signature holds."""
    try:
        read = json.loads(envelope)
        payload, kind = base64.b64decode(read["payload"], validate=True), str(read["payloadType"]).encode()
        (signed,) = read["signatures"]
        signature = base64.b64decode(signed["sig"], validate=True)
        key = x509.load_pem_x509_certificate(base64.b64decode(verifier, validate=True)).public_key()
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise NotEntered("it is no envelope with one signature and the certificate to it") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise NotEntered("the certificate is for a key of another kind than ECDSA")
    content = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    try:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise NotEntered("the signature was not made with the certificate's key") from error
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": _hash(envelope.encode()),
            "payloadHash": _hash(payload),
            "signatures": [{"signature": signed["sig"], "verifier": verifier}],
        },
    }


def _hash(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}


def _canonical(document: dict[str, Any]) -> bytes:
    """Write JSON so that it is always the same: RFC 8785, for what holds ASCII and whole numbers alone."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
