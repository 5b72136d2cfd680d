"""The App's HTTP client against a server that answers as a test tells it to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import GoneError, RefusedError, TransientError
from bot.github.client import AppClient, InstallationClient
from bot.github.session import CACHED_ANSWER_BYTES
from bot.github.tokens import TOKEN_MARGIN, Token
from bot.sandbox.serving import run_in_thread

Answer = Callable[[Request], Response]


@dataclass
class Desk:
    """A server that gives tokens, and for the rest answers what it was told, one after the other."""

    url: str = ""
    lifetime: float = 3600.0
    answers: list[Answer] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    async def token(self, request: Request) -> Response:
        self.tokens.append(request.headers["authorization"])
        expires = datetime.fromtimestamp(time.time() + self.lifetime, UTC).isoformat().replace("+00:00", "Z")
        return JSONResponse({"token": f"token-{len(self.tokens)}", "expires_at": expires}, 201)

    async def rest(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if self.answers else lambda _: JSONResponse({"ok": True})
        return answer(request)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    routes = [
        Route("/app/installations/{id}/access_tokens", made.token, methods=["POST"]),
        Route("/{path:path}", made.rest, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]
    with run_in_thread(Starlette(routes=routes)) as server:
        made.url = server.url
        yield made


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
async def app(desk: Desk, key: str) -> AsyncIterator[AppClient]:
    client = AppClient(api_url=desk.url, app_id="7", private_key=key, writes_per_minute=6000, timeout=5)
    yield client
    await client.close()


@pytest.fixture
def client(app: AppClient) -> InstallationClient:
    return app.installation(1)


def says(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: JSONResponse({} if body is None else body, status, named)


async def test_the_app_signs_in_with_a_token_dated_a_minute_back(
    desk: Desk, client: InstallationClient, key: str
) -> None:
    await client.get("/x")
    (authorization,) = desk.tokens
    claims = jwt.decode(authorization.split()[1], options={"verify_signature": False, "verify_exp": False})
    assert claims["iss"] == "7"
    assert claims["iat"] <= time.time() - 59
    assert claims["exp"] - claims["iat"] <= 600


async def test_a_token_serves_until_it_nears_its_end(desk: Desk, client: InstallationClient) -> None:
    for _ in range(3):
        await client.get("/x")
    assert len(desk.tokens) == 1
    assert {request.headers["authorization"] for request in desk.asked} == {"Bearer token-1"}


async def test_a_token_near_its_end_is_replaced(desk: Desk, client: InstallationClient) -> None:
    desk.lifetime = TOKEN_MARGIN - 5
    await client.get("/x")
    await client.get("/x")
    assert [request.headers["authorization"] for request in desk.asked] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_many_at_once_ask_for_one_token(desk: Desk, client: InstallationClient) -> None:
    await asyncio.gather(*(client.get("/x") for _ in range(10)))
    assert len(desk.tokens) == 1


async def test_a_token_github_refuses_is_replaced_once(desk: Desk, client: InstallationClient) -> None:
    desk.answers = [says(401, {"message": "Bad credentials"})]
    assert await client.get("/x") == {"ok": True}
    assert len(desk.tokens) == 2
    desk.answers = [says(401, {"message": "Bad credentials"})] * 2
    with pytest.raises(RefusedError, match="Bad credentials"):
        await client.get("/x")
    assert len(desk.asked) == 4


def test_a_token_never_shows_itself() -> None:
    assert "hush" not in f"{Token('hush', 0.0)!r} {Token('hush', 0.0)}"


async def test_an_answer_that_did_not_change_is_not_sent_again(
    desk: Desk, client: InstallationClient
) -> None:
    desk.answers = [says(200, {"n": 1}, etag='"a"'), lambda _: Response(status_code=304)]
    assert await client.get("/x") == {"n": 1}
    assert await client.get("/x") == {"n": 1}
    assert desk.asked[1].headers["if-none-match"] == '"a"'


async def test_a_large_answer_is_not_kept(desk: Desk, client: InstallationClient) -> None:
    large = {"n": "x" * CACHED_ANSWER_BYTES}
    desk.answers = [says(200, large, etag='"a"', last_modified="Mon, 05 Oct 2026 07:28:00 GMT")]
    assert await client.get("/x") == large
    assert await client.get("/x") == {"ok": True}
    assert not {"if-none-match", "if-modified-since"} & set(desk.asked[1].headers)


async def test_what_is_kept_is_bounded_by_its_bytes_of_all_installations_together(
    desk: Desk, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.github.client.CACHED_BYTES", 8 * CACHED_ANSWER_BYTES)
    app = AppClient(api_url=desk.url, app_id="7", private_key=key)
    half = {"n": "x" * (CACHED_ANSWER_BYTES // 2)}
    for number in range(20):
        desk.answers = [says(200, half, etag='"a"')]
        await app.installation(number).get("/x")
    for number in (0, 19):
        await app.installation(number).get("/x")
    assert ["if-none-match" in one.headers for one in desk.asked[-2:]] == [False, True]
    await app.close()


async def test_what_one_installation_may_read_is_kept_from_another(desk: Desk, app: AppClient) -> None:
    desk.answers = [says(200, {"n": 1}, etag='"a"'), says(200, {"n": 2}, etag='"a"')]
    assert await app.installation(1).get("/x") == {"n": 1}
    assert await app.installation(2).get("/x") == {"n": 2}
    assert "if-none-match" not in desk.asked[1].headers


async def read(client: InstallationClient, path: str) -> bytes:
    async with client.stream(path, accept="application/vnd.github.raw+json") as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_file_is_streamed_as_it_is_and_not_kept(desk: Desk, client: InstallationClient) -> None:
    desk.answers = [lambda _: Response(b"{\x00\xff", headers={"etag": '"a"'})] * 2
    assert [await read(client, "/x") for _ in range(2)] == [b"{\x00\xff"] * 2
    assert desk.asked[1].headers["accept"] == "application/vnd.github.raw+json"
    assert "if-none-match" not in desk.asked[1].headers


async def test_a_stream_is_refused_retried_and_held_back_like_any_answer(
    desk: Desk, client: InstallationClient
) -> None:
    desk.answers = [says(401), lambda _: Response(b"ok"), says(404, {"message": "Not Found"})]
    assert await read(client, "/x") == b"ok"
    with pytest.raises(GoneError, match="Not Found"):
        await read(client, "/x")
    desk.answers = [lambda _: Response("<html>", 502), says(429, retry_after="30")]
    for _ in range(3):
        with pytest.raises(TransientError):
            await read(client, "/x")
    assert (len(desk.asked), len(desk.tokens)) == (5, 2)


async def test_what_breaks_on_the_way_may_pass(desk: Desk, client: InstallationClient) -> None:
    gzipped = Response(b"no gzip", headers={"content-encoding": "gzip"})
    loop = says(302, location=f"{desk.url}/x")
    for answers in ([lambda _: gzipped], [loop] * 30):
        desk.answers = list(answers)
        with pytest.raises(TransientError, match="could not be reached"):
            await client.get("/x")


async def test_an_address_that_cannot_be_asked_is_final(desk: Desk, client: InstallationClient) -> None:
    for elsewhere in ("ftp://example.org/x", "https://example.org/x", "//example.org/x"):
        desk.answers = [says(302, location=elsewhere)]
        with pytest.raises(RefusedError, match=r"cannot be asked: example\.org"):
            await client.get("/x")


async def test_the_app_is_asked_for_its_name_once(desk: Desk, app: AppClient) -> None:
    desk.answers = [says(200, {"slug": "octo-giveback"})]
    assert (await app.slug(), await app.installation(1).login()) == ("octo-giveback", "octo-giveback[bot]")
    assert len(desk.asked) == 1


async def test_lists_are_read_over_their_pages(desk: Desk, client: InstallationClient) -> None:
    desk.answers = [says(200, [1, 2], link=f'<{desk.url}/x?page=2>; rel="next"'), says(200, [3])]
    assert [item async for item in client.pages("/x")] == [1, 2, 3]


async def test_a_limit_in_the_middle_of_a_list_is_understood(desk: Desk, client: InstallationClient) -> None:
    desk.answers = [says(200, [1], link=f'<{desk.url}/x?page=2>; rel="next"'), says(429, retry_after="30")]
    with pytest.raises(TransientError) as limit:
        _ = [item async for item in client.pages("/x")]
    assert limit.value.retry_after == 30


async def test_while_a_limit_lasts_nothing_more_is_asked(desk: Desk, client: InstallationClient) -> None:
    desk.answers = [says(403, {"message": "secondary rate limit"}, retry_after="30")]
    with pytest.raises(TransientError):
        await client.write("POST", "/x", {})
    for call in (client.get("/x"), client.write("POST", "/x", {})):
        with pytest.raises(TransientError) as held:
            await call
        assert held.value.retry_after is not None
        assert 0 < held.value.retry_after <= 30
    assert len(desk.asked) == 1


async def test_a_limit_of_one_installation_leaves_the_others_free(desk: Desk, app: AppClient) -> None:
    desk.answers = [says(429, retry_after="30")]
    with pytest.raises(TransientError):
        await app.installation(1).get("/x")
    assert await app.installation(2).get("/x") == {"ok": True}


async def test_a_renamed_repository_is_followed_with_method_and_body(
    desk: Desk, client: InstallationClient
) -> None:
    desk.answers = [says(307, location=f"{desk.url}/y")]
    await client.write("PATCH", "/x", {"body": "words"})
    assert [(one.method, one.url.path) for one in desk.asked] == [("PATCH", "/x"), ("PATCH", "/y")]
    assert desk.asked[1].headers["authorization"] == "Bearer token-1"


async def test_what_is_gone_and_what_is_refused_are_told_apart(
    desk: Desk, client: InstallationClient
) -> None:
    desk.answers = [says(404, {"message": "Not Found"}), says(422, {"message": "Validation Failed"})]
    with pytest.raises(GoneError):
        await client.get("/x")
    with pytest.raises(RefusedError) as refused:
        await client.get("/x")
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: Response("<html>Sorry</html>", 502, media_type="text/html"),
        lambda _: Response("<html>Sorry</html>", 200, media_type="application/json"),
        lambda _: Response('{"half', 200, media_type="application/json"),
        lambda _: Response(b"\xff\xfe", 200, media_type="application/json"),
        lambda _: Response("a status of a proxy's own", 520),
        lambda _: Response(b"", 503),
    ],
)
async def test_an_answer_that_is_not_githubs_is_tried_again(
    desk: Desk, client: InstallationClient, answer: Answer
) -> None:
    desk.answers = [answer]
    with pytest.raises(TransientError):
        await client.get("/x")


async def test_a_github_that_cannot_be_reached_is_tried_again(key: str) -> None:
    app = AppClient(api_url="http://127.0.0.1:9", app_id="7", private_key=key, timeout=2)
    with pytest.raises(TransientError, match="could not be reached"):
        await app.installation(1).get("/x")
    await app.close()


async def test_one_write_is_made_at_a_time(desk: Desk, client: InstallationClient) -> None:
    await asyncio.gather(*(client.write("POST", f"/{n}", {}) for n in range(5)))
    assert sorted(one.url.path for one in desk.asked) == [f"/{n}" for n in range(5)]


async def test_a_page_is_named_by_a_path_that_stays_good(desk: Desk, client: InstallationClient) -> None:
    link = f'<{desk.url}/repositories/7/issues?state=all&page=2>; rel="next"'
    desk.answers += [says(200, [1, 2], link=link), says(200, [3])]
    items, following = await client.page("/repos/o/r/issues?state=all")
    assert (items, following) == ([1, 2], "/repositories/7/issues?state=all&page=2")
    assert following is not None
    assert await client.page(following) == ([3], None)
    assert [request.url.path for request in desk.asked] == ["/repos/o/r/issues", "/repositories/7/issues"]


async def test_a_page_is_asked_of_this_github_alone(desk: Desk, client: InstallationClient) -> None:
    desk.answers.append(says(200, [1], link='<https://example.com/api/v3/x?page=2>; rel="next"'))
    _, following = await client.page("/x")
    assert following == "/x?page=2"
    for address in ("https://example.com/x", "//example.com/x", ""):
        with pytest.raises(ValueError, match="not a path"):
            await client.page(address)
    assert len(desk.asked) == 1


def left(client: InstallationClient) -> float | None:
    return client.primary_limit.share_left() if client.primary_limit else None


async def test_the_hourly_limit_is_known_as_last_seen(desk: Desk, client: InstallationClient) -> None:
    assert left(client) is None
    told = {"x_ratelimit_limit": "5000", "x_ratelimit_reset": str(int(time.time()) + 900)}
    desk.answers.append(says(200, x_ratelimit_remaining="1250", x_ratelimit_resource="core", **told))
    await client.get("/x")
    assert left(client) == pytest.approx(0.25)
    desk.answers.append(says(200, x_ratelimit_remaining="3", x_ratelimit_resource="search", **told))
    await client.get("/search/issues?q=x")
    assert left(client) == pytest.approx(0.25)


async def test_the_limit_of_searches_holds_up_nothing_else(desk: Desk, client: InstallationClient) -> None:
    spent = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(time.time()) + 30)}
    desk.answers.append(says(403, {"message": "Slow down"}, x_ratelimit_resource="search", **spent))
    for _ in range(2):
        with pytest.raises(TransientError) as limit:
            await client.get("/search/issues?q=x")
        assert limit.value.retry_after == pytest.approx(30, abs=3)
    assert await client.get("/repos/o/r") == {"ok": True}
    assert len(desk.asked) == 2


async def test_a_secondary_limit_of_a_query_holds_up_everything(
    desk: Desk, client: InstallationClient
) -> None:
    desk.answers.append(says(403, {"message": "You have exceeded a secondary rate limit"}, retry_after="40"))
    for call in (client.query("query Q { viewer { login } }", within=None), client.get("/x")):
        with pytest.raises(TransientError) as limit:
            await call
        assert limit.value.retry_after == pytest.approx(40, abs=3)
    assert len(desk.asked) == 1
