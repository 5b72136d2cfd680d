"""Whole repositories and who may do what with them."""

from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, ModelCard, get_token

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def create(repo_id: str, private: bool = False, exist_ok: bool = False, token: str | None = None) -> str:
    return str(HfApi(token=token).create_repo(repo_id, private=private, exist_ok=exist_ok))


def create_typed(repo_id: str, repo_type: str) -> dict[str, Any]:
    api = HfApi()
    sdk = "gradio" if repo_type == "space" else None
    url = str(api.create_repo(repo_id, repo_type=repo_type, space_sdk=sdk))
    api.upload_file(repo_id=repo_id, repo_type=repo_type, path_or_fileobj=b"hi", path_in_repo="sub/x.txt")
    info = api.repo_info(repo_id, repo_type=repo_type)
    refs = api.list_repo_refs(repo_id, repo_type=repo_type)
    return {
        "url": url,
        "id": info.id,
        "files": api.list_repo_files(repo_id, repo_type=repo_type),
        "branches": [ref.name for ref in refs.branches],
    }


def delete(repo_id: str, missing_ok: bool = False, token: str | None = None) -> None:
    HfApi(token=token).delete_repo(repo_id, missing_ok=missing_ok)


def move(repo_id: str, to: str) -> dict[str, Any]:
    api = HfApi()
    api.upload_file(repo_id=repo_id, path_or_fileobj=b"weights", path_in_repo="w.bin")
    api.move_repo(repo_id, to)
    old_url = f"{api.endpoint}/{repo_id}/resolve/main/w.bin"
    return {
        "by_old_name": api.model_info(repo_id).id,
        "by_new_name": api.model_info(to).id,
        "content": httpx.get(old_url, follow_redirects=True).text,
    }


def exists(repo_id: str, token: str | None = None) -> bool:
    return HfApi(token=token).repo_exists(repo_id)


def info_status(repo_id: str, token: str | None) -> str:
    HfApi(token=token if token else False).model_info(repo_id)
    return "seen"


def upload(repo_id: str, token: str) -> str:
    return str(
        HfApi(token=token).upload_file(repo_id=repo_id, path_or_fileobj=b"x", path_in_repo="x.txt").oid
    )


def settings(repo_id: str, changes: dict[str, Any]) -> dict[str, Any]:
    api = HfApi()
    api.update_repo_settings(repo_id, **changes)
    info = api.model_info(repo_id)
    return {"private": info.private, "gated": info.gated}


def whoami(token: str | None = None) -> dict[str, Any]:
    return HfApi().whoami(token or get_token())


def auth_check(repo_id: str, write: bool, token: str | None = None) -> None:
    HfApi(token=token).auth_check(repo_id, write=write)


def details(repo_id: str) -> dict[str, Any]:
    api = HfApi()
    api.create_repo(repo_id)
    fields = [
        "license: mit",
        "library_name: numpy",
        "pipeline_tag: tabular-classification",
        "base_model: acme/base",
    ]
    ModelCard("\n".join(["---", *fields, "---", "Hi", ""])).push_to_hub(repo_id)
    header = b'{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"format":"np"}}'
    weights = len(header).to_bytes(8, "little") + header + bytes(24)
    api.upload_file(repo_id=repo_id, path_or_fileobj=weights, path_in_repo="model.safetensors")
    info = api.model_info(repo_id, files_metadata=True)
    siblings = {sibling.rfilename: sibling for sibling in info.siblings or []}
    large = siblings["model.safetensors"].lfs
    expanded = api.model_info(repo_id, expand=["baseModels", "cardData", "sha"])
    metadata = api.get_safetensors_metadata(repo_id)
    return {
        "license": info.card_data.license if info.card_data else None,
        "pipeline": info.pipeline_tag,
        "tags": info.tags,
        "total": info.safetensors.total if info.safetensors else None,
        "parameters": metadata.parameter_count,
        "large": [large.size, len(large.sha256)] if large else None,
        "blob": len(siblings["README.md"].blob_id or ""),
        "bases": expanded.base_models,
        "listed": [model.id for model in api.list_models(author="acme", filter="license:mit")],
        "body": ModelCard.load(repo_id).text.strip(),
    }


def list_everything(author: str) -> list[str]:
    return sorted(model.id for model in HfApi().list_models(author=author))


def test_a_repository_is_created_once(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    assert client.run(create, name) == f"{world.url}/{name}"
    with pytest.raises(ClientError) as refused:
        client.run(create, name)
    assert refused.value.status == 409
    assert client.run(create, name, False, True) == f"{world.url}/{name}"


def test_repositories_under_ones_own_name_need_no_organization(client: Client, world: World) -> None:
    assert client.run(create, "mine") == f"{world.url}/ann/mine"


@pytest.mark.parametrize("repo_type", ["dataset", "space"])
def test_datasets_and_spaces_are_repositories_too(client: Client, world: World, repo_type: str) -> None:
    found = client.run(create_typed, "acme/same-name", repo_type)
    assert found["url"] == f"{world.url}/{repo_type}s/acme/same-name"
    assert found["files"] == [".gitattributes", "sub/x.txt"]
    assert found["branches"] == ["main"]


@pytest.mark.parametrize("name", ["-x", "x--y", "x..y", "x.git", "a/b", "", "ü", "x" * 97])
def test_a_name_the_hub_would_not_take_is_refused(world: World, name: str) -> None:
    with world.http("ann") as http:
        assert http.post("/api/repos/create", json={"name": name, "organization": "acme"}).status_code == 400


def test_a_deleted_repository_is_gone_and_its_name_free(client: Client, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    client.run(delete, name)
    assert client.run(exists, name) is False
    with pytest.raises(ClientError, match="Repository Not Found"):
        client.run(delete, name)
    client.run(delete, name, True)
    client.run(create, name)
    assert client.run(exists, name)


def test_a_moved_repository_is_found_by_its_old_name(client: Client, fresh: Any) -> None:
    old, new = fresh(), fresh()
    client.run(create, old)
    found = client.run(move, old, new)
    assert found == {"by_old_name": new, "by_new_name": new, "content": "weights"}


def test_visibility_and_gating_are_settings(client: Client, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    assert client.run(settings, name, {"private": True}) == {"private": True, "gated": False}
    assert client.run(settings, name, {"gated": "manual"}) == {"private": True, "gated": "manual"}
    assert client.run(settings, name, {"visibility": "public", "gated": False}) == {
        "private": False,
        "gated": False,
    }


def test_older_clients_create_private_repositories_with_a_boolean(world: World) -> None:
    with world.http("ann") as http:
        http.post("/api/repos/create", json={"name": "older", "organization": "acme", "private": True})
        assert http.get("/api/models/acme/older").json()["private"] is True


def test_a_private_repository_looks_missing_to_others(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name, True)
    assert client.run(info_status, name, world.tokens["bob"]) == "seen"
    for token, status in ((world.tokens["eve"], 404), (None, 401)):
        for asked in (name, "acme/never-was"):
            with pytest.raises(ClientError) as refused:
                client.run(info_status, asked, token)
            assert (refused.value.kind, refused.value.status) == ("RepositoryNotFoundError", status)


def test_private_repositories_are_not_listed_for_others(client: Client, world: World) -> None:
    client.run(create, "acme/hidden", True)
    assert "acme/hidden" in client.run(list_everything, "acme")
    with world.http("eve") as http:
        assert "acme/hidden" not in [model["id"] for model in http.get("/api/models?author=acme").json()]


def test_lists_come_in_pages(world: World, client: Client) -> None:
    for number in range(5):
        client.run(create, f"ann/page-{number}")
    seen: list[str] = []
    with world.http() as http:
        url: str | None = "/api/models?author=ann&limit=2&search=page"
        while url:
            answer = http.get(url)
            seen += [model["id"] for model in answer.json()]
            url = answer.links.get("next", {}).get("url")
    assert sorted(seen) == [f"ann/page-{number}" for number in range(5)]


def test_a_gated_repository_shows_its_card_but_not_its_files(
    client: Client, world: World, fresh: Any
) -> None:
    name = fresh()
    client.run(create, name)
    client.run(settings, name, {"gated": "auto"})
    with world.http("eve") as http:
        assert http.get(f"/api/models/{name}").json()["gated"] == "auto"
        answer = http.head(f"/{name}/resolve/main/.gitattributes")
    assert (answer.status_code, answer.headers["x-error-code"]) == (403, "GatedRepo")
    with world.http("bob") as http:
        assert http.head(f"/{name}/resolve/main/.gitattributes").status_code == 200


def test_a_read_token_reads_and_cannot_write(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name, True)
    token = world.issue("ann", role="read")
    assert client.run(info_status, name, token) == "seen"
    with pytest.raises(ClientError, match="this token can only read") as refused:
        client.run(upload, name, token)
    assert refused.value.status == 403
    with pytest.raises(ClientError, match="this token can only read"):
        client.run(create, "acme/refused", False, False, token)
    assert client.run(exists, "acme/refused") is False


def test_a_member_who_may_only_read_cannot_write(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    with pytest.raises(ClientError) as refused:
        client.run(upload, name, world.tokens["bob"])
    assert refused.value.status == 403


def test_a_stranger_cannot_write_change_or_delete(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    eve = world.tokens["eve"]
    with pytest.raises(ClientError) as refused:
        client.run(delete, name, False, eve)
    assert refused.value.status == 403
    with world.http("eve") as http:
        assert http.put(f"/api/models/{name}/settings", json={"visibility": "private"}).status_code == 403
        assert http.post(f"/api/models/{name}/tag/main", json={"tag": "v1"}).status_code == 403
        assert http.post("/api/repos/create", json={"name": "x", "organization": "acme"}).status_code == 403


def test_a_fine_grained_token_reaches_only_what_it_names(client: Client, world: World, fresh: Any) -> None:
    inside, outside = fresh(), fresh()
    client.run(create, inside, True)
    client.run(create, outside, True)
    token = world.issue("ann", role="fineGrained", scopes={inside: "write"})
    assert client.run(upload, inside, token)
    with pytest.raises(ClientError, match="Repository Not Found"):
        client.run(upload, outside, token)
    with pytest.raises(ClientError, match="Repository Not Found"):
        client.run(info_status, outside, token)
    scoped = client.run(whoami, token)["auth"]["accessToken"]["fineGrained"]["scoped"]
    assert scoped == [{"entity": {"type": "repo", "name": inside}, "permissions": ["repo.write"]}]


def test_a_contributor_writes_only_to_what_they_created(client: Client, world: World) -> None:
    world.issue("dan", orgs={"acme": "contributor"})
    dan = world.issue("dan")
    client.run(create, "acme/anns")
    client.run(create, "acme/dans", False, False, dan)
    assert client.run(upload, "acme/dans", dan)
    with pytest.raises(ClientError) as refused:
        client.run(upload, "acme/anns", dan)
    assert refused.value.status == 403


def test_whoami_names_the_organizations_and_the_tokens_role(client: Client) -> None:
    me = client.run(whoami)
    assert (me["name"], me["auth"]["accessToken"]["role"]) == ("ann", "write")
    assert [org["name"] for org in me["orgs"]] == ["acme"]


def test_an_unknown_token_is_refused_everywhere(client: Client, world: World) -> None:
    with pytest.raises(ClientError, match="Invalid user token"):
        client.run(whoami, "hf_wrong")
    answer = httpx.get(f"{world.url}/api/models", headers={"Authorization": "Bearer hf_wrong"})
    assert answer.status_code == 401


def test_rights_can_be_checked_before_anything_is_done(client: Client, world: World, fresh: Any) -> None:
    name = fresh()
    client.run(create, name)
    client.run(auth_check, name, True)
    client.run(auth_check, name, False, world.tokens["eve"])
    with pytest.raises(ClientError) as refused:
        client.run(auth_check, name, True, world.tokens["eve"])
    assert refused.value.status == 403


def test_a_model_is_described_with_card_weights_and_lineage(client: Client, fresh: Any) -> None:
    name = fresh()
    found = client.run(details, name)
    assert found["license"] == "mit"
    assert found["pipeline"] == "tabular-classification"
    assert {"numpy", "license:mit", "base_model:acme/base"} <= set(found["tags"])
    assert (found["total"], found["parameters"]) == (6, {"F32": 6})
    assert found["large"][1] == 64
    assert found["blob"] == 40
    assert found["bases"] == ["acme/base"]
    assert name in found["listed"]
    assert found["body"] == "Hi"


def test_a_names_old_place_can_be_taken_by_a_new_repository(client: Client, fresh: Any) -> None:
    old, new = fresh(), fresh()
    client.run(create, old)
    client.run(move, old, new)
    client.run(create, old)
    with pytest.raises(ClientError) as refused:
        client.run(move, old, new)
    assert refused.value.status == 409


def test_tokens_and_signatures_are_never_in_the_request_log(world: World) -> None:
    text = str(world.requests())
    assert not any(token in text for token in world.tokens.values())
    assert "signature" not in text


def test_only_hashes_of_tokens_are_kept_on_disk(world: World) -> None:
    kept = (world.state / "accounts.json").read_text()
    assert not any(token in kept for token in world.tokens.values())
