"""Collections with the real client."""

from typing import Any

import pytest
from huggingface_hub import HfApi

from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def gather(first: str, second: str) -> dict[str, Any]:
    api = HfApi()
    for name in (first, second):
        api.create_repo(name)
    made = api.create_collection("Tiny models", namespace="acme", description="All of them", private=True)
    api.add_collection_item(made.slug, first, "model", note="The base")
    full = api.add_collection_item(made.slug, second, "model")
    api.add_collection_item(made.slug, second, "model", exists_ok=True)
    api.update_collection_item(made.slug, full.items[1].item_object_id, position=0, note="Fine-tuned")
    api.update_collection_metadata(made.slug, title="Small models", private=False, theme="pink")
    shown = api.get_collection(made.slug)
    return {
        "slug": made.slug,
        "again": api.create_collection("Small models", namespace="acme", exists_ok=True).slug,
        "title": shown.title,
        "items": [[item.item_id, item.note, item.position] for item in shown.items],
        "private": shown.private,
        "listed": [found.slug for found in api.list_collections(owner="acme")],
    }


def empty(slug: str) -> int:
    api = HfApi()
    for item in api.get_collection(slug).items:
        api.delete_collection_item(slug, item.item_object_id)
    left = len(api.get_collection(slug).items)
    api.delete_collection(slug)
    api.delete_collection(slug, missing_ok=True)
    return left


def create(title: str, namespace: str, token: str) -> str:
    return HfApi(token=token).create_collection(title, namespace=namespace).slug


def add(slug: str, item: str) -> None:
    HfApi().add_collection_item(slug, item, "model")


def test_models_are_gathered_ordered_and_annotated(client: Client, fresh: Any) -> None:
    first, second = fresh(), fresh()
    found = client.run(gather, first, second)
    assert found["slug"].startswith("acme/tiny-models-")
    assert found["again"] == found["slug"]
    assert (found["title"], found["private"]) == ("Small models", False)
    assert found["items"] == [[second, "Fine-tuned", 0], [first, "The base", 1]]
    assert found["slug"] in found["listed"]
    with pytest.raises(ClientError) as refused:
        client.run(add, found["slug"], "acme/never-was")
    assert refused.value.status == 404
    assert client.run(empty, found["slug"]) == 0


def test_a_collection_needs_the_right_to_create_in_its_namespace(client: Client, world: World) -> None:
    for user in ("eve", "bob"):
        with pytest.raises(ClientError) as refused:
            client.run(create, "Refused", "acme", world.tokens[user])
        assert refused.value.status == 403


def test_a_private_collection_looks_missing_to_others(world: World) -> None:
    with world.http("ann") as http:
        body = {"title": "Secret", "namespace": "acme", "private": True}
        slug = http.post("/api/collections", json=body).json()["slug"]
    with world.http("eve") as http:
        assert http.get(f"/api/collections/{slug}").status_code == 404
        assert slug not in http.get("/api/collections").text
    with world.http("bob") as http:
        assert http.get(f"/api/collections/{slug}").json()["title"] == "Secret"
