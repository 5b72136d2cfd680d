from huggingface_hub import HfApi

from bot.hub.jobs import Origin
from bot.hub.publishing import Publisher
from bot.sandbox.cards import put_card
from tests.fixtures.hub import SandboxHub

MODEL = "acme/released"


async def test_what_a_model_was_made_from_is_traced_to_its_beginning(
    hub: SandboxHub, publisher: Publisher
) -> None:
    put_card(hub.url, hub.token, "model", "acme/merge", "license: mit\nbase_model: [acme/one, acme/gone]")
    card = "license: other\nlicense_name: Qwen\nlicense_link: LICENSE\n"
    card += "base_model: acme/MERGE\ndatasets: [acme/data]"
    put_card(hub.url, hub.token, "model", "acme/one", card)
    put_card(hub.url, hub.token, "dataset", "acme/data", "license: [cc-by-4.0]")
    found = await publisher.origins(MODEL, ["acme/merge"], ["no valid name/"])
    assert found == (
        Origin("model", "acme/merge", license="mit", base_models=("acme/one", "acme/gone")),
        Origin("dataset", "no valid name/", is_found=False),
        Origin(
            "model",
            "acme/one",
            license="other",
            license_name="Qwen",
            base_models=("acme/MERGE",),
            datasets=("acme/data",),
        ),
        Origin("model", "acme/gone", is_found=False),
        Origin("dataset", "acme/data", license="cc-by-4.0"),
    )


async def test_a_model_made_from_nothing_needs_no_look_up() -> None:
    assert await Publisher(SandboxHub("http://127.0.0.1:9", "hf_x").access).origins(MODEL, [], []) == ()


async def test_what_others_keep_private_is_looked_up_as_anybody_though_the_token_may_read_it(
    origins_hub: SandboxHub,
) -> None:
    """A manifest names what it likes, and its report would tell what the answer was."""
    both = origins_hub.user("maya", orgs={"acme": "write", "globex": "write"})
    api = HfApi(both.endpoint, both.token)
    for name in ("acme/own", "globex/secret"):
        licence = {"LICENSE": b"Terms of the house"}
        put_card(both.endpoint, both.token, "model", name, "license: mit\nbase_model: globex/secret", licence)
        api.update_repo_settings(name, visibility="private")
    async with Publisher(both) as publisher:
        found = await publisher.origins(MODEL, ["acme/own"], [])
        assert [(one.id, one.license, one.is_found) for one in found] == [
            ("acme/own", "mit", True),
            ("globex/secret", "", False),
        ]
        assert await publisher.licence_of("Acme/released", "acme/own") == "Terms of the house"
        assert await publisher.licence_of(MODEL, "globex/secret") == ""
        (own,) = await publisher.origins("globex/released", ["globex/secret"], [])
        assert own.is_found
