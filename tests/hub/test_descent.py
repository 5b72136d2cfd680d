import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hub.descent import base_of_adapter, parts_of_merge
from bot.hub.jobs import Origin
from bot.hub.publishing import Publisher
from bot.sandbox.cards import put_card
from tests.fixtures.hub import SandboxHub

MERGED = b"""\
merge_method: slerp
base_model: acme/first
slices:
  - sources:
      - model: acme/first
        layer_range: [0, 32]
      - model: acme/second+acme/adapter
parameters: {t: 0.5}
"""


def test_an_adapter_names_its_base_and_a_merge_its_parts() -> None:
    assert base_of_adapter(b'{"base_model_name_or_path": "acme/base"}') == ("acme/base",)
    assert parts_of_merge(MERGED) == ("acme/first", "acme/second", "acme/adapter")
    assert parts_of_merge(b"models: [{model: {path: acme/one}}, {model: ./two}]") == ("acme/one",)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"base_model_name_or_path": "/home/me/llama"}', b"[" * 5000]
)
def test_what_names_no_model_gives_none(content: bytes) -> None:
    assert base_of_adapter(content) == ()
    assert parts_of_merge(content) == ()


@given(st.binary(max_size=200))
def test_no_content_breaks_the_reading(content: bytes) -> None:
    base_of_adapter(content)
    parts_of_merge(content)


async def test_an_adapter_or_merge_whose_card_is_silent_is_traced_by_its_files(
    origins_hub: SandboxHub,
) -> None:
    url, token = origins_hub.url, origins_hub.token
    put_card(url, token, "model", "acme/first", "license: llama3.1")
    put_card(url, token, "model", "acme/second", "license: mit")
    adapter = {"adapter_config.json": json.dumps({"base_model_name_or_path": "acme/second"}).encode()}
    put_card(url, token, "model", "acme/adapter", "license: mit", adapter)
    put_card(url, token, "model", "acme/merged", "license: apache-2.0", {"mergekit_config.yml": MERGED})
    found = await Publisher(origins_hub.access).origins("acme/released", ["acme/merged"], [])
    assert [(one.id, one.license) for one in found] == [
        ("acme/merged", "apache-2.0"),
        ("acme/first", "llama3.1"),
        ("acme/second", "mit"),
        ("acme/adapter", "mit"),
    ]
    assert found[3] == Origin("model", "acme/adapter", license="mit", base_models=("acme/second",))
