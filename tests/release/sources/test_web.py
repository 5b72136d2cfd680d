"""Files are fetched whole or not at all, whatever the server does."""

from __future__ import annotations

import asyncio
import hashlib
import io
import ssl
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.places import parse_networks
from bot.release.request import Pin, PinKind
from bot.release.sources import Order, SourceError, SourceRefused, SourceUnavailable
from bot.release.sources.addresses import WebAddress
from bot.release.sources.web import WebSource
from tests.release.sources.servers import Answer, WebServer, file, moved, raw, status, web_server
from tests.release.worlds import REQUEST

CONTENT = bytes(range(256)) * 12_000
"""Three million bytes, which arrive in several parts."""
HERE = parse_networks("127.0.0.0/8")
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts no certificate: to load those of the world takes longer than a test."""


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def fetch(
    into: Path,
    url: str,
    *places: str,
    sha256: str | None = None,
    limit: int = 10**9,
    pinned: tuple[Pin, ...] = (),
) -> tuple[Pin, ...]:
    source = WebSource(places or ("http://127.0.0.1:" + url.split(":")[2].split("/")[0],), HERE, NOBODY)
    return await source.fetch(WebAddress(url, sha256), Order(REQUEST, into, limit, pinned))


async def test_a_file_arrives_and_is_pinned_by_its_hash(server: WebServer, into: Path) -> None:
    url = server.tell("/m/model.gguf", file(CONTENT))
    assert await fetch(into, url) == (Pin(url, PinKind.SHA256, sha256(CONTENT)),)
    assert contents(into) == {"model.gguf": CONTENT}


async def test_a_cut_connection_is_gone_on_with_where_it_was(server: WebServer, into: Path) -> None:
    url = server.tell(
        "/model.gguf", file(CONTENT, cut_after=2_000_000), file(CONTENT, cut_after=500_000), file(CONTENT)
    )
    await fetch(into, url)
    assert contents(into) == {"model.gguf": CONTENT}
    first, second, third = server.asked
    assert (first.start, second.start, third.start) == (0, 2_000_000, 2_500_000)
    assert second.headers["if-range"] == third.headers["if-range"]


@pytest.mark.parametrize(
    "then",
    [
        file(CONTENT[::-1]),
        file(CONTENT[::-1], ranges=False),
        file(CONTENT[::-1], tag=""),
        status(416),
    ],
)
async def test_content_that_changes_midway_is_fetched_from_the_start(
    server: WebServer, into: Path, then: Answer
) -> None:
    url = server.tell("/model.gguf", file(CONTENT, cut_after=2_000_000), then, file(CONTENT[::-1]))
    await fetch(into, url)
    assert contents(into) == {"model.gguf": CONTENT[::-1]}


async def test_content_that_changes_on_and_on_is_not_fetched_for_ever(server: WebServer, into: Path) -> None:
    """Each state of it goes on once, so that the count of tries begins again."""
    cut = len(CONTENT) // 2 - 1
    states = [file(CONTENT, cut_after=cut, tag=f'"{number // 2}"') for number in range(50)]
    url = server.tell("/m/model.gguf", *states, file(CONTENT))
    with pytest.raises(SourceUnavailable, match="broke off"):
        await fetch(into, url)


@pytest.mark.parametrize("tag", ["", 'W/"weak"'])
async def test_without_a_name_for_its_state_nothing_is_gone_on_with(
    server: WebServer, into: Path, tag: str
) -> None:
    url = server.tell("/model.gguf", file(CONTENT, cut_after=2_000_000, tag=tag), file(CONTENT, tag=tag))
    await fetch(into, url)
    assert [asked.start for asked in server.asked] == [0, 0]
    assert contents(into) == {"model.gguf": CONTENT}


async def test_part_of_another_state_that_claims_to_be_the_rest_is_not_taken(
    server: WebServer, into: Path
) -> None:
    rest = b"x" * 1_000_000
    head = f'HTTP/1.1 206 X\r\nContent-Length: {len(rest)}\r\nETag: "other"\r\n'
    lie = head + f"Content-Range: bytes 2072000-3071999/{len(CONTENT)}\r\n\r\n"
    url = server.tell(
        "/model.gguf", file(CONTENT, cut_after=2_072_000), raw(lie.encode() + rest), file(CONTENT)
    )
    await fetch(into, url)
    assert contents(into) == {"model.gguf": CONTENT}


@pytest.mark.parametrize(
    "answer",
    [
        file(CONTENT, cut_after=10),
        file(CONTENT, cut_after=10, tag=""),
        raw(b"HTTP/1.1 200 X\r\nContent-Length: 99\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
        raw(b"HTTP/1.1 206 X\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/9\r\n\r\nshort"),
        raw(b"no HTTP at all\r\n\r\n"),
        raw(b""),
        status(503),
        status(429),
    ],
)
async def test_a_server_that_never_gives_all_of_it_is_tried_again_later(
    server: WebServer, into: Path, answer: Answer
) -> None:
    url = server.tell("/model.gguf", answer)
    with pytest.raises(SourceUnavailable):
        await fetch(into, url)
    assert len(server.asked) <= 4


@pytest.mark.parametrize(
    "answer",
    [
        status(404),
        status(401),
        raw(b"HTTP/1.0 200 X\r\n\r\nwhole or a part?"),
        raw(b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n\r\nx"),
    ],
)
async def test_what_cannot_be_fetched_or_told_from_a_part_is_refused(
    server: WebServer, into: Path, answer: Answer
) -> None:
    url = server.tell("/model.gguf", answer)
    with pytest.raises(SourceRefused):
        await fetch(into, url)
    assert len(server.asked) == 1


async def test_more_than_was_announced_is_not_taken(server: WebServer, into: Path) -> None:
    url = server.tell("/a.txt", raw(b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nshort and more"))
    await fetch(into, url)
    assert contents(into) == {"a.txt": b"short"}


@pytest.mark.parametrize(
    "answer",
    [file(CONTENT), raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + b"x" * 1024)],
)
async def test_no_more_arrives_than_there_is_room_for(server: WebServer, into: Path, answer: Answer) -> None:
    url = server.tell("/model.gguf", answer)
    with pytest.raises(SourceRefused, match="larger than"):
        await fetch(into, url, limit=1000)
    assert sum(map(len, contents(into).values())) <= 1000


async def test_other_content_than_the_manifest_asks_for_is_refused(server: WebServer, into: Path) -> None:
    url = server.tell("/model.gguf", file(CONTENT))
    with pytest.raises(SourceRefused, match="SHA-256"):
        await fetch(into, url, sha256="0" * 64)
    await fetch(into, url, sha256=sha256(CONTENT))


async def test_content_that_changed_since_the_check_is_refused(server: WebServer, into: Path) -> None:
    url = server.tell("/model.gguf", file(CONTENT), file(b"other"))
    pins = await fetch(into, url)
    with pytest.raises(SourceRefused, match="SHA-256"):
        await fetch(into, url, pinned=pins)


async def test_a_redirect_is_followed_into_allowed_places_only(
    server: WebServer, other_server: WebServer, into: Path
) -> None:
    there = other_server.tell("/store/model", file(CONTENT))
    url = server.tell("/model.gguf", moved(there))
    with pytest.raises(SourceRefused, match="no place to fetch from"):
        await fetch(into, url)
    assert other_server.asked == []
    await fetch(into, url, server.url, f"{other_server.url}/store")
    assert contents(into) == {"model.gguf": CONTENT}


@pytest.mark.parametrize(
    "to",
    [
        "/round",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://[bad/",
        "//user:word@127.0.0.1/x",
        "/\\..\\x",
    ],
)
async def test_a_redirect_to_nowhere_ends(server: WebServer, into: Path, to: str) -> None:
    server.tell("/round", moved("/round"))
    url = server.tell("/model.gguf", moved(to))
    with pytest.raises((SourceRefused, SourceUnavailable)):
        await fetch(into, url)


async def test_a_place_outside_of_the_allowed_ones_is_not_asked(server: WebServer, into: Path) -> None:
    url = server.tell("/team-b/model.gguf", file(CONTENT))
    for place in ("https://127.0.0.1", f"{server.url}/team-a", f"{server.url}/team", "s3://127.0.0.1"):
        with pytest.raises(SourceRefused, match="no place to fetch from"):
            await fetch(into, url, place)
    assert server.asked == []
    await fetch(into, url, f"{server.url}/team-b/")


async def test_a_private_address_is_refused_unless_its_network_is_allowed(
    server: WebServer, into: Path
) -> None:
    url = server.tell("/model.gguf", file(CONTENT))
    address, order = WebAddress(url), Order(REQUEST, into, 10**9)
    with pytest.raises(SourceRefused, match="no public address"):
        await WebSource([server.url]).fetch(address, order)
    assert server.asked == []


async def test_a_folder_is_fetched_by_its_list_of_hashes(server: WebServer, into: Path) -> None:
    files = {"config.json": b"{}", "deep/model one.gguf": CONTENT}
    listing = "".join(f"{sha256(content)}  ./{name}\n" for name, content in files.items()).encode()
    server.tell("/m/config.json", file(b"{}"))
    server.tell("/m/deep/model%20one.gguf", file(CONTENT))
    listed = server.tell("/m/SHA256SUMS", file(listing))
    pins = await fetch(into, f"{server.url}/m/", sha256=sha256(listing))
    assert pins == (Pin(listed, PinKind.SHA256, sha256(listing)),)
    assert contents(into) == files
    server.tell("/m/config.json", file(b"[]"))
    with pytest.raises(SourceRefused, match="SHA-256"):
        await fetch(into, f"{server.url}/m/")


@pytest.mark.parametrize(
    "listing",
    [b"", b"nothing", f"{'0' * 64}  ../out\n".encode(), f"{'0' * 64}  /etc/x\n".encode(), b"\xff" * 80],
)
async def test_a_list_of_hashes_that_leads_out_or_cannot_be_read_is_refused(
    server: WebServer, into: Path, listing: bytes
) -> None:
    server.tell("/m/SHA256SUMS", file(listing))
    with pytest.raises(SourceRefused):
        await fetch(into, f"{server.url}/m/")
    assert contents(into) == {}


async def test_an_archive_is_unpacked_and_pinned_by_its_own_hash(server: WebServer, into: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("tokenizer/vocab.json", "{}")
    url = server.tell("/model.zip", file(packed.getvalue()))
    assert await fetch(into, url) == (Pin(url, PinKind.SHA256, sha256(packed.getvalue())),)
    assert contents(into) == {"config.json": b"{}", "tokenizer/vocab.json": b"{}"}


@pytest.fixture(scope="module")
def odd_server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


odd_lines = st.lists(
    st.tuples(
        st.sampled_from(
            ["ETag", "Location", "Content-Length", "Content-Range", "Transfer-Encoding", "Content-Encoding"]
        ),
        st.sampled_from(
            [
                '"é"',
                "5",
                "99999999999999999999",
                "-1",
                "chunked",
                "gzip",
                "bytes 0-4/5",
                "http://[",
                "/%00",
                "//",
            ]
        )
        | st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=20),
    ),
    max_size=4,
)


@given(st.sampled_from([200, 206, 302, 304, 416, 500]), odd_lines, st.binary(max_size=40))
def test_any_answer_is_taken_or_refused(
    odd_server: WebServer,
    tmp_path_factory: pytest.TempPathFactory,
    code: int,
    lines: list[tuple[str, str]],
    body: bytes,
) -> None:
    head = f"HTTP/1.1 {code} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines)
    url = odd_server.tell("/a.txt", raw(head.encode("latin-1") + b"\r\n" + body))
    try:
        asyncio.run(fetch(tmp_path_factory.mktemp("odd"), url, limit=1000))
    except SourceError:
        return
