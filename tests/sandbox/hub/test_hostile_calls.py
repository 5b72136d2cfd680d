"""Whatever is sent, the Hub answers with a refusal and never with a failure of its own."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.hub.app import _routes
from tests.sandbox.hub.conftest import World

WRITES = sorted(
    (method, path)
    for method, path, _ in _routes()
    if method != "GET" and "viewer" not in path and "{rest" not in path
)
READS = sorted({path for method, path, _ in _routes() if method == "GET"})
PARTS = {
    "kind": "models",
    "namespace": "acme",
    "name": "target",
    "rev": "main",
    "number": "1",
    "path": "README.md",
}

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = """
    name organization visibility private type fromRepo toRepo gated files gitIgnore operation objects
    transfers oid size parts deletions title description pullRequest comment status content repoType
    item note namespace tag message startingPoint members role orgs scopes resource claims grant_type
    subject_token target position
"""
bodies = st.dictionaries(st.sampled_from(FIELDS.split()), values, max_size=8)


@pytest.fixture(scope="module")
def http(world: World) -> Iterator[httpx.Client]:
    with world.http("ann") as client:
        client.post("/api/repos/create", json={"name": "target", "organization": "acme"}).raise_for_status()
        body = {"title": "Something", "description": "", "pullRequest": True}
        client.post("/api/models/acme/target/discussions", json=body).raise_for_status()
        yield client


modestly = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def filled(path: str, /, **changes: str) -> str:
    for name, value in {**PARTS, **changes}.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    return path.replace("{", "").replace("}", "")


@modestly
@given(call=st.sampled_from(WRITES), body=bodies)
def test_no_json_makes_a_write_fail(http: httpx.Client, call: tuple[str, str], body: dict[str, Any]) -> None:
    method, path = call
    assert http.request(method, filled(path), json=body).status_code < 500


@modestly
@given(
    path=st.sampled_from(READS), name=st.sampled_from(sorted(PARTS)), odd=st.binary(min_size=1, max_size=12)
)
def test_no_address_makes_a_read_fail(http: httpx.Client, path: str, name: str, odd: bytes) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in odd)
    answer = http.get(f"{filled(path, **{name: quoted})}?p={quoted}&cursor={quoted}&limit=1&expand={quoted}")
    assert answer.status_code < 500


@modestly
@given(lines=st.lists(st.dictionaries(st.sampled_from(["key", "value"]), values) | values, max_size=4))
def test_no_lines_make_a_commit_fail(http: httpx.Client, lines: list[Any]) -> None:
    body = "\n".join(json.dumps(line) for line in lines)
    assert http.post("/api/models/acme/target/commit/main", content=body).status_code < 500


@pytest.mark.parametrize("text", ['{"title": "half \\ud800 a pair"}', "[" * 100_000, '{"a": NaN}', "\x00"])
def test_json_that_is_no_text_or_too_deep_is_refused(http: httpx.Client, text: str) -> None:
    for path in ("/api/models/acme/target/discussions", "/api/models/acme/target/commit/main"):
        assert http.post(path, content=text).status_code == 400
