"""Check a model signature: a Sigstore bundle with a DSSE envelope around the hashes of all files.

Sources: DSSE 1.0.0, "Protocol" (the encoding that is signed); OpenSSF Model Signing 1.0 (the statement, and
the digest over all digests). It is checked here, not with ``model-signing``, because that needs the whole
model on the disk at once, and because who only checks should need no extra package.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
HASHES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
"""The hash that goes with a curve, by the bits of its keys (Sigstore, algorithm registry)."""


class BadSignature(Exception):
    """Say in plain words what is wrong with a signature."""


def read_public_key(text: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key as PEM. Raises ValueError when it is none of a curve that model signing knows."""
    try:
        key = serialization.load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("it holds no public key as PEM") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size not in HASHES:
        raise ValueError("it holds no key of the curve P-256, P-384 or P-521")
    return key


def check(text: str, key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Give the path and SHA-256 of each file that the holder of the key signed. Raises BadSignature."""
    payload, signature = _envelope(text)
    kind = PAYLOAD_TYPE.encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    try:
        key.verify(signature, signed, ec.ECDSA(HASHES[key.curve.key_size]))
    except InvalidSignature:
        raise BadSignature("it was not made with this key, or was changed since") from None
    return files_in(payload)


def signed_files(text: str) -> dict[str, str]:
    """Give the path and SHA-256 of each file it names, whoever signed it. Raises BadSignature."""
    payload, _ = _envelope(text)
    return files_in(payload)


def _envelope(text: str) -> tuple[bytes, bytes]:
    match _json(text):
        case {
            "mediaType": media_type,
            "dsseEnvelope": {
                "payload": str(payload),
                "payloadType": payload_type,
                "signatures": [{"sig": str(signature)}],
            },
        } if (media_type, payload_type) == (BUNDLE, PAYLOAD_TYPE):
            try:
                return base64.b64decode(payload, validate=True), base64.b64decode(signature, validate=True)
            except (binascii.Error, ValueError):
                raise BadSignature("it is not encoded as a signature is") from None
    raise BadSignature("it is no Sigstore bundle of one signature")


def files_in(payload: bytes) -> dict[str, str]:
    """Give the path and SHA-256 of each file that a signed statement names. Raises BadSignature."""
    match _json(payload):
        case {
            "_type": type_,
            "predicateType": predicate,
            "subject": [{"digest": {"sha256": str(root)}}],
            "predicate": {
                "serialization": {"method": "files", "hash_type": "sha256"},
                "resources": [*resources],
            },
        } if (type_, predicate) == (STATEMENT, PREDICATE):
            pass
        case _:
            raise BadSignature("what it signs is no list of files and their SHA-256")
    found: dict[str, str] = {}
    together = hashlib.sha256()
    for resource in resources:
        match resource:
            case {"name": str(name), "algorithm": "sha256", "digest": str(digest)}:
                path = PurePosixPath(name).as_posix()
            case _:
                raise BadSignature("it names a file without a SHA-256")
        if path in found or len(digest) != hashlib.sha256().digest_size * 2:
            raise BadSignature("it names a file twice, or with something that is no SHA-256")
        try:
            together.update(bytes.fromhex(digest))
        except ValueError:
            raise BadSignature("it names a file with something that is no SHA-256") from None
        found[path] = digest.lower()
    if together.hexdigest() != root:
        raise BadSignature("its digest is not the one over the files it names")
    return found


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadSignature("it cannot be read as JSON") from None
