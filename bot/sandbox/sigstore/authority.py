"""Issue certificates as Fulcio does: good for minutes, and with proof that a log knows of them."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from bot.sandbox.sigstore.identities import Run
from bot.sandbox.sigstore.logkey import LogKey

LIFETIME = dt.timedelta(minutes=10)
"""How long a signer's certificate is good for, as Fulcio's are."""
YEARS = dt.timedelta(days=3650)

# Fulcio, docs/oid-info.md: who vouched for the identity, as bytes and as DER; what a job ran for, as DER.
_ISSUER = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_V2 = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_SOURCE = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.12")
_COMMIT = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.13")
_RUN = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.21")
_UTF8_STRING, _OCTET_STRING = 0x0C, 0x04

_PRECERTIFICATE = 1
_SHA256, _ECDSA = 4, 3
"""How TLS numbers what a log signs with (RFC 5246, section 7.4.1.4.1)."""

Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """Give the time in whole seconds, which certificates and logs count in."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Authority:
    """Sign certificates with an intermediate one that a root stands for."""

    clock: Clock = now
    certificate_log: LogKey = field(default_factory=LogKey)
    """The key of the log that certificates are entered in (RFC 6962)."""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @cached_property
    def chain(self) -> tuple[x509.Certificate, x509.Certificate]:
        """Give the intermediate certificate and the root."""
        top, began = ec.generate_private_key(ec.SECP256R1()), self.clock() - dt.timedelta(days=1)
        root_name, name = _name("sandbox root"), _name("sandbox intermediate")
        root = _authority(root_name, root_name, top.public_key(), top, began, depth=1)
        middle = _authority(name, root_name, self.key.public_key(), top, began, depth=0)
        return middle, root

    def issue(
        self, key: ec.EllipticCurvePublicKey, name: x509.GeneralName, issuer: str, run: Run | None = None
    ) -> x509.Certificate:
        """Certify that the key belongs to who is named so and runs there, by the word of ``issuer``."""
        begins = self.clock()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.chain[0].subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + LIFETIME)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(_signed_by(self.key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([name]), critical=True)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer.encode()), critical=False)
        )
        said = {_ISSUER_V2: issuer}
        if run is not None:
            said |= {_SOURCE: run.source, _COMMIT: run.commit, _RUN: run.address}
        for oid, text in said.items():
            value = x509.UnrecognizedExtension(oid, _der(_UTF8_STRING, text.encode()))
            builder = builder.add_extension(value, critical=False)
        logged = builder.sign(self.key, hashes.SHA256())
        return builder.add_extension(self._proof(logged, begins), critical=False).sign(
            self.key, hashes.SHA256()
        )

    def _proof(self, logged: x509.Certificate, moment: dt.datetime) -> x509.UnrecognizedExtension:
        """Promise in the log's name that the certificate is entered (RFC 6962, sections 3.2 and 3.3)."""
        issuer = LogKey(self.key).id
        content = logged.tbs_certificate_bytes
        milliseconds = int(moment.timestamp()) * 1000
        entry = issuer + len(content).to_bytes(3, "big") + content
        signature = self.certificate_log.sign(
            struct.pack("!BBQH", 0, 0, milliseconds, _PRECERTIFICATE) + entry + struct.pack("!H", 0)
        )
        promise = (
            struct.pack("!B32sQH", 0, self.certificate_log.id, milliseconds, 0)
            + struct.pack("!BBH", _SHA256, _ECDSA, len(signature))
            + signature
        )
        listed = struct.pack("!HH", len(promise) + 2, len(promise)) + promise
        oid = ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
        return x509.UnrecognizedExtension(oid, _der(_OCTET_STRING, listed))


def _authority(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    begins: dt.datetime,
    *,
    depth: int,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_signed_by(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _signed_by(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _der(tag: int, content: bytes) -> bytes:
    """Encode a value with its tag and length (ITU-T X.690, section 8.1)."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
