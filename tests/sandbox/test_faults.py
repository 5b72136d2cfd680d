"""Ordered faults, as a client on the wire meets them."""

import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from bot.sandbox.faults import PATH, Faults
from bot.sandbox.serving import run_in_thread

_written: list[bytes] = []


async def _write(request: Request) -> JSONResponse:
    _written.append(await request.body())
    return JSONResponse({"written": len(_written)})


async def _big(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1000

    return StreamingResponse(pieces(), headers={"content-length": "10000"})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    routes = [Route("/big", _big), Route("/{rest:path}", _write, methods=["GET", "POST", "PUT"])]
    with run_in_thread(Faults(Starlette(routes=routes))) as running:
        yield running.url


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    _written.clear()
    with httpx.Client(base_url=server) as client:
        client.delete(PATH)
        yield client


def order(client: httpx.Client, **fault: object) -> int:
    answer = client.post(PATH, json=fault)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_with_no_fault_ordered_the_app_answers(client: httpx.Client) -> None:
    assert client.post("/a", content=b"1").json() == {"written": 1}


def test_a_status_replaces_the_answer_as_often_as_ordered(client: httpx.Client) -> None:
    order(client, path="^/a$", kind="status", status=503, times=2)
    assert [client.get("/a").status_code for _ in range(4)] == [503, 503, 200, 200]
    assert len(_written) == 2


def test_the_first_matches_can_be_let_through(client: httpx.Client) -> None:
    order(client, path="/a", kind="status", after=2, times=1, body={"message": "later"})
    answers = [client.get("/a") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 500, 200]
    assert answers[2].json() == {"message": "later"}


def test_other_methods_and_paths_are_left_alone(client: httpx.Client) -> None:
    order(client, path="/a", method="post", kind="status")
    assert client.get("/a").status_code == 200
    assert client.post("/b").status_code == 200
    assert client.post("/a").status_code == 500


def test_the_path_is_matched_before_unquoting(client: httpx.Client) -> None:
    order(client, path="refs%2Fpr%2F1", kind="status")
    assert client.get("/x/refs%2Fpr%2F1").status_code == 500
    assert client.get("/x/refs/pr/1").status_code == 200


def test_a_cut_leaves_the_client_without_an_answer_and_the_app_untouched(client: httpx.Client) -> None:
    order(client, path="/a", kind="cut", times=1)
    with pytest.raises(httpx.TransportError):
        client.post("/a", content=b"1")
    assert _written == []
    assert client.post("/a", content=b"1").status_code == 200


def test_a_cut_in_the_middle_of_a_large_upload_reaches_the_client(client: httpx.Client) -> None:
    order(client, path="/a", kind="cut", times=1)
    with pytest.raises(httpx.TransportError):
        client.put("/a", content=b"1" * 5_000_000)
    assert client.put("/a", content=b"1" * 5_000_000).status_code == 200


def test_a_write_can_happen_without_the_client_learning_of_it(client: httpx.Client) -> None:
    order(client, path="/a", kind="cut", after_response=True, times=1)
    with pytest.raises(httpx.TransportError):
        client.post("/a", content=b"1")
    assert _written == [b"1"]


def test_a_write_can_happen_and_be_answered_with_an_error(client: httpx.Client) -> None:
    order(client, path="/a", kind="status", status=502, after_response=True)
    assert client.post("/a", content=b"1").status_code == 502
    assert _written == [b"1"]


def test_a_body_can_be_cut_in_the_middle(client: httpx.Client) -> None:
    order(client, path="/big", kind="cut", after_bytes=2500, times=1)
    received: list[bytes] = []
    with client.stream("GET", "/big") as answer, pytest.raises(httpx.RemoteProtocolError):
        received.extend(answer.iter_raw(chunk_size=500))
    assert sum(map(len, received)) == 2500
    assert len(client.get("/big").content) == 10_000


def test_a_delay_holds_the_answer_back(client: httpx.Client) -> None:
    order(client, path="/a", kind="delay", seconds=0.2)
    started = time.monotonic()
    assert client.get("/a").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_delayed_answer_lets_the_write_happen_first(client: httpx.Client) -> None:
    order(client, path="/a", kind="delay", seconds=1, after_response=True)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/a", content=b"1", timeout=0.3)
    assert _written == [b"1"]


def test_a_primary_rate_limit_reads_like_githubs(client: httpx.Client) -> None:
    order(client, path="/a", kind="rate_limit", seconds=60)
    answer = client.get("/a")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (403, "0")
    assert int(answer.headers["x-ratelimit-reset"]) > time.time() + 50


def test_a_secondary_rate_limit_says_when_to_come_back(client: httpx.Client) -> None:
    order(client, path="/a", kind="secondary_rate_limit", status=429, seconds=7)
    answer = client.get("/a")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert "secondary rate limit" in answer.json()["message"]


def test_a_rate_limit_can_read_like_the_hubs(client: httpx.Client) -> None:
    order(client, path="/a", kind="rate_limit", status=429, headers={"RateLimit": '"api";r=0;t=3'})
    answer = client.get("/a")
    assert (answer.status_code, answer.headers["ratelimit"]) == (429, '"api";r=0;t=3')
    assert "x-ratelimit-remaining" not in answer.headers


def test_faults_are_listed_with_how_often_each_fired_and_cleared(client: httpx.Client) -> None:
    first = order(client, path="/a", kind="status", times=1)
    second = order(client, path="/a", kind="status", status=418)
    assert [client.get("/a").status_code for _ in range(3)] == [500, 418, 418]
    listed = {fault["id"]: fault for fault in client.get(PATH).json()["faults"]}
    assert (listed[first]["fired"], listed[second]["fired"]) == (1, 2)
    assert client.delete(PATH).status_code == 204
    assert client.get("/a").status_code == 200


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "status"},
        {"path": "(", "kind": "cut"},
        {"path": "/", "kind": "explode"},
        {"path": "/", "kid": 1},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(client: httpx.Client, order: dict[str, object]) -> None:
    assert client.post(PATH, json=order).status_code == 422
