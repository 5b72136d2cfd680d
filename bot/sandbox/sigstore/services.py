"""The services of one Sigstore, and what a client has to trust to believe them."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bot.sandbox.sigstore.authority import Authority
from bot.sandbox.sigstore.identities import Issuer
from bot.sandbox.sigstore.log import SignatureLog
from bot.sandbox.sigstore.logkey import LogKey

OPERATOR = "sandbox"


@dataclass(frozen=True)
class Services:
    """Hold who issues identities, who issues certificates, and the log of signatures."""

    issuer: Issuer = field(default_factory=Issuer)
    authority: Authority = field(default_factory=Authority)
    log: SignatureLog = field(default_factory=SignatureLog)

    def trust_config(self, url: str) -> dict[str, Any]:
        """Write a ClientTrustConfig (sigstore, protobuf-specs) for services that all answer at ``url``."""
        began = _moment(self.authority.chain[0].not_valid_before_utc)
        service = [{"url": url, "majorApiVersion": 1, "validFor": {"start": began}, "operator": OPERATOR}]
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [_log(self.log.key, url, began)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": OPERATOR, "commonName": OPERATOR},
                        "uri": url,
                        "certChain": {
                            "certificates": [{"rawBytes": _base64(_der(one))} for one in self.authority.chain]
                        },
                        "validFor": {"start": began},
                    }
                ],
                "ctlogs": [_log(self.authority.certificate_log, url, began)],
            },
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": service,
                "oidcUrls": service,
                "rekorTlogUrls": service,
                "rekorTlogConfig": {"selector": "ANY"},
            },
        }


def _log(key: LogKey, url: str, began: str) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": _base64(key.public),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": began},
        },
        "logId": {"keyId": _base64(key.id)},
    }


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _moment(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
