"""What only a sandbox has, keyless publishing, and large files shared between repositories."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from huggingface_hub import HfApi

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def create(repo_id: str) -> None:
    api = HfApi()
    api.create_repo(repo_id)
    api.upload_file(repo_id=repo_id, path_or_fileobj=b"weights", path_in_repo="w.bin")


def exchange(subject_token: str, resource: str) -> dict[str, Any]:
    from huggingface_hub._oidc import exchange_oidc_token

    return exchange_oidc_token(subject_token=subject_token, resource=resource)


def upload(repo_id: str, token: str) -> str:
    api = HfApi(token=token)
    api.upload_file(repo_id=repo_id, path_or_fileobj=b"published by a job", path_in_repo="w.bin")
    return api.list_repo_commits(repo_id)[0].authors[0]


def identity(hub: str, audience: str = "", **claims: str) -> str:
    job = httpx.post(f"{hub}/_sandbox/jobs", json={"claims": claims}).raise_for_status().json()
    headers = {"authorization": f"Bearer {job['request_token']}"}
    asked = httpx.get(job["request_url"], params={"audience": audience or hub}, headers=headers)
    return str(asked.raise_for_status().json()["value"])


def test_a_job_publishes_without_a_key_to_the_repository_that_trusts_it(
    client: Client, world: World, fresh: Any
) -> None:
    trusting, other = fresh(), fresh()
    client.run(create, trusting)
    client.run(create, other)
    claims = {"repository": "acme/code", "workflow": "release"}
    httpx.post(
        f"{world.url}/_sandbox/publishers", json={"resource": trusting, "claims": claims}
    ).raise_for_status()
    answer = client.run(exchange, identity(world.url, **claims, ref="refs/heads/main"), trusting)
    assert answer["access_token"].startswith("hf_jwt_")
    assert answer["expires_in"] == 3600
    assert client.run(upload, trusting, answer["access_token"]) == "[OIDC]"
    with pytest.raises(ClientError) as refused:
        client.run(upload, other, answer["access_token"])
    assert refused.value.status == 403


def changed(token: str) -> str:
    """Claim to be another repository under the signature of the first."""
    head, _, signature = token.split(".")
    claims = {**jwt.decode(token, options={"verify_signature": False}), "repository": "acme/code"}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda hub: identity(hub, repository="eve/code"),
        lambda hub: changed(identity(hub, repository="eve/code")),
        lambda hub: identity(hub, "https://pypi.org", repository="acme/code"),
        lambda hub: jwt.encode({"repository": "acme/code", "aud": hub}, "", algorithm="none"),
        lambda hub: "nonsense",
    ],
)
def test_a_job_that_the_repository_does_not_trust_gets_no_token(
    client: Client, world: World, fresh: Any, spoil: Callable[[str], str]
) -> None:
    name = fresh()
    client.run(create, name)
    body = {"resource": name, "claims": {"repository": "acme/code"}}
    httpx.post(f"{world.url}/_sandbox/publishers", json=body).raise_for_status()
    with pytest.raises(ClientError) as refused:
        client.run(exchange, spoil(world.url), name)
    assert refused.value.status == 400


def test_large_files_are_shared_with_a_repository_one_may_write(
    client: Client, world: World, fresh: Any
) -> None:
    source, target = fresh(), fresh()
    client.run(create, source)
    client.run(create, target)
    sha = hashlib.sha256(b"weights").hexdigest()
    body = {"target": {"type": "model", "name": target}, "files": [{"sha256": sha}, {"sha256": "0" * 64}]}
    with world.http("ann") as http:
        answer = http.post(f"/api/models/{source}/lfs-files/duplicate", json=body).json()
    assert [failure["sha256"] for failure in answer["failed"]] == ["0" * 64]
    with world.http("bob") as http:
        assert http.post(f"/api/models/{source}/lfs-files/duplicate", json=body).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("users", {}),
        ("users", {"name": "a/b"}),
        ("users", {"name": "x", "role": "emperor"}),
        ("users", {"name": "x", "orgs": {"acme": "emperor"}}),
        ("users", {"name": "x", "scopes": {"acme": "everything"}}),
        ("organizations", {"name": "x", "members": {"ann": "emperor"}}),
        ("organizations", {"name": "../x"}),
        ("publishers", {"resource": "acme/x"}),
    ],
)
def test_people_that_make_no_sense_are_refused(world: World, path: str, body: dict[str, object]) -> None:
    assert httpx.post(f"{world.url}/_sandbox/{path}", json=body).status_code == 400


def test_the_same_user_can_have_many_tokens(world: World) -> None:
    first, second = world.issue("ann"), world.issue("ann")
    assert first != second
    for token in (first, second):
        answer = httpx.get(f"{world.url}/api/whoami-v2", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["name"] == "ann"


def test_xet_is_refused_with_what_to_do_instead(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    with world.http("ann") as http:
        answer = http.get(f"/api/models/{name}/xet-write-token/main")
    assert (answer.status_code, "HF_HUB_DISABLE_XET=1" in answer.headers["x-error-message"]) == (404, True)


def test_an_unknown_address_is_not_found(world: World) -> None:
    with world.http() as http:
        assert http.get("/api/kernels/acme/x/tree/main").status_code == 404
        assert http.put("/api/nothing").status_code == 404


def test_the_request_log_can_be_cleared(world: World) -> None:
    with world.http("ann") as http:
        http.get("/api/whoami-v2")
        last = world.requests()[-1]
        assert (last["method"], last["path"], last["status"], last["user"]) == (
            "GET",
            "/api/whoami-v2",
            200,
            "ann",
        )
        assert http.delete("/_sandbox/requests").status_code == 204
    assert [entry["method"] for entry in world.requests()] == ["DELETE"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(world: World, body: bytes) -> None:
    with world.http("ann") as http:
        assert http.post("/api/repos/create", content=body).status_code == 400
