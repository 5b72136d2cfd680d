"""Only addresses that were looked at are connected to, and only servers that prove their names."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.places import parse_networks
from bot.release.sources import Order, SourceRefused, SourceUnavailable
from bot.release.sources.addresses import WebAddress
from bot.release.sources.connecting import may_connect
from bot.release.sources.web import WebSource
from tests.release.sources.servers import WebServer, file, web_server
from tests.release.worlds import REQUEST

NAME = "models.test"
HERE = parse_networks("127.0.0.0/8")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "2001:db8::1",
    ],
)
def test_what_is_no_public_address_is_not_connected_to(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are_connected_to(address: str) -> None:
    assert may_connect(address)


def test_an_allowed_network_is_that_network_only() -> None:
    networks = parse_networks("10.20.0.0/16, fd00::/8")
    assert may_connect("10.20.3.4", networks)
    assert may_connect("::ffff:10.20.3.4", networks)
    assert may_connect("fd00::1", networks)
    assert not may_connect("10.21.0.1", networks)
    assert not may_connect("127.0.0.1", networks)


class Names:
    """A name server that answers each question about ``models.test`` with the next of its answers."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        assert host == NAME
        self.asked += 1
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


async def fetch(into: Path, url: str, networks: Any = HERE, verify: ssl.SSLContext | bool = True) -> None:
    source = WebSource([url.rpartition("/")[0]], networks, verify)
    await source.fetch(WebAddress(url), Order(REQUEST, into, 10**6))


async def test_a_name_is_looked_up_once_and_that_address_is_the_one_connected_to(
    server: WebServer, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.9"])
    monkeypatch.setattr("socket.getaddrinfo", names)
    server.tell("/a.txt", file(b"text"))
    await fetch(into, f"http://{NAME}:{server.port}/a.txt", parse_networks("127.0.0.1"))
    assert names.asked == 1
    assert server.asked[0].headers["host"] == f"{NAME}:{server.port}"


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"]])
async def test_a_name_that_leads_inside_is_not_connected_to(
    server: WebServer, into: Path, monkeypatch: pytest.MonkeyPatch, answer: list[str]
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", Names(answer))
    with pytest.raises(SourceRefused, match="no public address"):
        await fetch(into, f"http://{NAME}:{server.port}/a.txt", networks=())
    assert server.asked == []


async def test_a_second_address_is_tried_when_nobody_is_at_the_first(
    server: WebServer, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", Names(["127.0.0.9", "127.0.0.1"]))
    server.tell("/a.txt", file(b"text"))
    await fetch(into, f"http://{NAME}:{server.port}/a.txt")


async def test_a_name_nobody_knows_may_be_known_later(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", nobody)
    with pytest.raises(SourceUnavailable):
        await fetch(into, f"http://{NAME}/a.txt")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate of models.test that signs itself, with its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[WebServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with web_server(context) as running:
        running.tell("/a.txt", file(b"text"))
        yield running


async def test_the_certificate_has_to_be_of_the_name_not_of_the_address(
    secure: WebServer, certificate: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("socket.getaddrinfo", Names(*[["127.0.0.1"]] * 10))
    await fetch(into, f"https://{NAME}:{secure.port}/a.txt", verify=trusted)
    monkeypatch.undo()
    with pytest.raises(SourceRefused, match="does not prove its name"):
        await fetch(into, f"https://127.0.0.1:{secure.port}/a.txt", verify=trusted)
    assert len(secure.asked) == 1
