"""Read who a signature says made it: the identity in its certificate, and who vouches for that.

Sources: Fulcio, docs/oid-info.md (the issuer); RFC 5280, section 4.2.1.6 (the name). What is read here is
what a signature says of itself; :mod:`bot.release.attestations.keyless` checks it.
"""

from __future__ import annotations

import base64
import json

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from bot.release.attestations.signature import BadSignature
from bot.release.signer import Identity

_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_SOURCE = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.12")
_COMMIT = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.13")
_RUN = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.21")
_UNREADABLE = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def identity_in(text: str) -> Identity | None:
    """Give who a signature says made it; None when it says it was made with a key. Raises BadSignature."""
    match _verification_material(text):
        case {"certificate": {"rawBytes": str(encoded)}}:
            pass
        case {"publicKey": _}:
            return None
        case _:
            raise BadSignature("it says neither with which key it was made nor by whom")
    try:
        extensions = x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True)).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        issuer = extensions.get_extension_for_oid(_ISSUER).value
        (name,) = [
            *names.get_values_for_type(x509.UniformResourceIdentifier),
            *names.get_values_for_type(x509.RFC822Name),
        ]
        if not isinstance(issuer, x509.UnrecognizedExtension):
            raise ValueError(issuer)
        return Identity(name, issuer.value.decode("utf-8"))
    except _UNREADABLE:
        raise BadSignature("its certificate does not name one identity and who vouches for it") from None


def run_in(certificate: x509.Certificate) -> str:
    """Say what a certificate says that its job ran for: repository, commit and run; empty unless it does."""
    said = [_text(certificate, oid) for oid in (_SOURCE, _COMMIT, _RUN)]
    return "{} at {}, as {}".format(*said) if all(said) else ""


def _text(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    """Give an extension that is a text as DER; empty unless it is one."""
    from cryptography.hazmat import asn1  # not in the oldest version we take, and in every one sigstore takes

    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
        return asn1.decode_der(str, value.value) if isinstance(value, x509.UnrecognizedExtension) else ""
    except (ValueError, x509.ExtensionNotFound):
        return ""


def _verification_material(text: str) -> object:
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError):
        raise BadSignature("it cannot be read as JSON") from None
    return bundle.get("verificationMaterial") if isinstance(bundle, dict) else None
