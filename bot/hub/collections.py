"""Put a model into collections of its owner; runs only in the child process."""

from __future__ import annotations

from huggingface_hub import HfApi

from bot.hub.slugs import SLUG


def put_into(api: HfApi, hub_id: str, collections: list[str]) -> None:
    """Add the model to each collection, named by its slug or by its title, once.

    A title that the model's owner has no collection of makes a new one, private at first where the model
    is, so that it shows nothing more than the model itself does.
    """
    owner = hub_id.partition("/")[0]
    for named in collections:
        slug = named
        if not SLUG.fullmatch(named):
            private = bool(api.model_info(hub_id).private)
            slug = api.create_collection(named, namespace=owner, private=private, exists_ok=True).slug
        api.add_collection_item(slug, hub_id, "model", exists_ok=True)
