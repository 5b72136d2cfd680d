"""What the sandbox Sigstore gives out and refuses; the real client is in tests/release/attestations."""

import base64
import hashlib
import json
from collections.abc import Iterator

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sigstore._internal.merkle import (
    _chain_border_right,
    _chain_inner,
    _decomp_inclusion_proof,
    _hash_leaf,
)
from starlette.testclient import TestClient

from bot.sandbox.sigstore import Services, create_app, merkle
from tests.fixtures.sigstore import CLAIMS, WORKFLOW

URL = "http://sigstore.example"


@pytest.fixture(scope="module")
def services() -> Services:
    return Services()


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), base_url=URL) as client:
        yield client


def identity(client: TestClient, audience: str = "sigstore", **changed: str) -> str:
    job = client.post("/_sandbox/jobs", json={"claims": {**CLAIMS, **changed}}).json()
    answer = client.get(
        job["request_url"],
        params={"audience": audience},
        headers={"authorization": f"bearer {job['request_token']}"},
    )
    return str(answer.json()["value"])


def request_for(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return {"certificateSigningRequest": base64.b64encode(asked.public_bytes(Encoding.PEM)).decode()}


def certify(client: TestClient, token: str, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
    answer = client.post("/api/v2/signingCert", json=asked, headers={"authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def enter(client: TestClient, content: bytes, signer: ec.EllipticCurvePrivateKey, certificate: str) -> int:
    signature = signer.sign(b"DSSEv1 1 x %d %s" % (len(content), content), ec.ECDSA(hashes.SHA256()))
    envelope = {
        "payload": base64.b64encode(content).decode(),
        "payloadType": "x",
        "signatures": [{"sig": base64.b64encode(signature).decode()}],
    }
    verifiers = [base64.b64encode(certificate.encode()).decode()]
    spec = {"proposedContent": {"envelope": json.dumps(envelope), "verifiers": verifiers}}
    proposed = {"kind": "dsse", "apiVersion": "0.0.1", "spec": spec}
    return client.post("/api/v1/log/entries", json=proposed).status_code


def test_an_identity_is_signed_with_the_key_that_is_published(client: TestClient) -> None:
    place = client.get("/.well-known/openid-configuration").json()
    (key,) = client.get(place["jwks_uri"]).json()["keys"]
    token = identity(client)
    claims = jwt.decode(token, jwt.PyJWK(key), issuer=place["issuer"], audience="sigstore")
    assert claims["job_workflow_ref"] == WORKFLOW


def test_a_certificate_names_the_workflow_and_ends_within_minutes(client: TestClient) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    status, answer = certify(client, identity(client), request_for(key))
    assert status == 201
    pem, *chain = answer["signedCertificateEmbeddedSct"]["chain"]["certificates"]  # type: ignore[index]  # read as JSON
    issued = x509.load_pem_x509_certificate(pem.encode())
    issued.verify_directly_issued_by(x509.load_pem_x509_certificate(chain[0].encode()))
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"https://github.com/{WORKFLOW}"]
    assert issued.public_key() == key.public_key()
    assert (issued.not_valid_after_utc - issued.not_valid_before_utc).total_seconds() == 600


def test_who_is_not_known_and_what_is_no_request_gets_no_certificate(client: TestClient) -> None:
    asked = request_for(ec.generate_private_key(ec.SECP256R1()))
    foreign = identity(TestClient(create_app(Services()), base_url=URL))
    for token in ("", "x.y.z", foreign, identity(client, audience="another")):
        assert certify(client, token, asked)[0] == 401
    assert certify(client, identity(client), {"certificateSigningRequest": "AAAA"})[0] == 400
    assert client.get("/_sandbox/identity", headers={"authorization": "bearer wrong"}).status_code == 401


def test_only_a_signature_that_holds_is_entered(client: TestClient, services: Services) -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    _, answer = certify(client, identity(client), request_for(key))
    pem = answer["signedCertificateEmbeddedSct"]["chain"]["certificates"][0]  # type: ignore[index]  # read as JSON
    before = len(services.log.entries)
    assert enter(client, b"signed by another", other, pem) == 400
    assert enter(client, b"no certificate", key, "-----") == 400
    assert len(services.log.entries) == before
    assert enter(client, b"signed", key, pem) == 201
    assert len(services.log.entries) == before + 1


@pytest.mark.parametrize("size", range(1, 18))
def test_every_entry_of_a_log_of_any_size_is_proved_to_the_client(size: int) -> None:
    leaves = [b"%d" % number for number in range(size)]
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion(leaves, index)
        inner, border = _decomp_inclusion_proof(index, size)
        assert len(proof) == inner + border
        found = _chain_border_right(_chain_inner(_hash_leaf(leaf), proof[:inner], index), proof[inner:])
        assert found == merkle.root(leaves)
    assert merkle.root([b""]) == hashlib.sha256(b"\x00").digest()
