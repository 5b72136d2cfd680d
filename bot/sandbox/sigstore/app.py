"""Serve a Sigstore: who issues identities, Fulcio's and Rekor's APIs, and what a client has to trust."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

from bot.sandbox.faults import Faults
from bot.sandbox.sigstore.identities import AUDIENCE, NoIdentity, name_of, run_of
from bot.sandbox.sigstore.log import NotEntered
from bot.sandbox.sigstore.services import Services

Authorization = Annotated[str, Header()]


class Job(BaseModel):
    """Say what is claimed for a job."""

    claims: dict[str, str]


class SigningRequest(BaseModel):
    """Ask for a certificate (Fulcio, ``CreateSigningCertificateRequest``)."""

    request: str = Field(alias="certificateSigningRequest")


class Content(BaseModel):
    """Hold a DSSE envelope and the certificates to it."""

    envelope: str
    verifiers: list[str] = Field(min_length=1, max_length=1)


class Spec(BaseModel):
    """Hold what an entry is to be about."""

    content: Content = Field(alias="proposedContent")


class Entry(BaseModel):
    """Propose an entry (Rekor, the type dsse)."""

    kind: str = Field(pattern="^dsse$")
    version: str = Field(alias="apiVersion", pattern=r"^0\.0\.1$")
    spec: Spec


class NoRequest(Exception):
    """Say why a request for a certificate is none."""


def create_app(services: Services) -> ASGIApp:
    """Serve the services, all at one address; failures can be ordered as from the other sandboxes."""
    app = FastAPI(openapi_url=None)

    @app.exception_handler(NoIdentity)
    @app.exception_handler(NoRequest)
    @app.exception_handler(NotEntered)
    async def refuse(request: Request, error: Exception) -> JSONResponse:
        status = 401 if isinstance(error, NoIdentity) else 400
        return JSONResponse({"code": status, "message": str(error)}, status)

    @app.get("/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, str]:
        url = _url(request)
        # The last two have to be named (OpenID Connect Discovery 1.0); here no person signs in.
        return {
            "issuer": url,
            "jwks_uri": f"{url}/keys",
            "authorization_endpoint": f"{url}/auth",
            "token_endpoint": f"{url}/token",
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return services.issuer.published_keys()

    @app.post("/_sandbox/jobs")
    async def begin(job: Job, request: Request) -> dict[str, str]:
        secret = services.issuer.begin(job.claims)
        return {"request_url": f"{_url(request)}/_sandbox/identity?v=1", "request_token": secret}

    @app.get("/_sandbox/identity")
    async def identity(
        request: Request, authorization: Authorization = "", audience: str = AUDIENCE
    ) -> dict[str, str]:
        return {"value": services.issuer.identity(_bearer(authorization), _url(request), audience)}

    @app.get("/_sandbox/trust")
    async def trust(request: Request) -> dict[str, Any]:
        return services.trust_config(_url(request))

    @app.post("/api/v2/signingCert", status_code=201)
    async def certificate(
        asked: SigningRequest, request: Request, authorization: Authorization = ""
    ) -> dict[str, Any]:
        url = _url(request)
        claims = services.issuer.read(_bearer(authorization), url)
        issued = services.authority.issue(_key(asked.request), name_of(claims), url, run_of(claims))
        chain = [_pem(one) for one in (issued, *services.authority.chain)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    @app.post("/api/v1/log/entries", status_code=201)
    async def enter(entry: Entry) -> dict[str, Any]:
        content = entry.spec.content
        return services.log.enter(content.envelope, content.verifiers[0])

    return Faults(app)


def _key(encoded: str) -> ec.EllipticCurvePublicKey:
    """Give the key that a request proves to hold; it is base64 of PEM."""
    try:
        asked = x509.load_pem_x509_csr(base64.b64decode(encoded, validate=True))
    except (ValueError, binascii.Error) as error:
        raise NoRequest("it is no certificate signing request") from error
    key = asked.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not asked.is_signature_valid:
        raise NoRequest("it does not prove to hold a key for ECDSA")
    return key


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
