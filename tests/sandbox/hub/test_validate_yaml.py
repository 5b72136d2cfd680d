"""The metadata of cards: what is refused, what is warned of, and that clients hear of it in time."""

from typing import Any

import pytest
from huggingface_hub import HfApi, ModelCard, metadata_update
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.hub.names import RepoType
from bot.sandbox.hub.validate_yaml import NOT_YET, validate
from tests.sandbox.hub.client import Client, ClientError
from tests.sandbox.hub.conftest import World


def card(metadata: str) -> str:
    return f"---\n{metadata}\n---\n# Title\n"


def errors(metadata: str, type_: RepoType = "model") -> list[str]:
    return validate(card(metadata), type_)[0]


GOOD = """
license: apache-2.0
language: [en, no, zh-Hant, code, gsw]
library_name: transformers
pipeline_tag: text-generation
tags: [a, b]
datasets: [acme/corpus, squad]
base_model: [acme/base, gpt2]
base_model_relation: merge
metrics: [accuracy]
co2_eq_emissions: {emissions: 12.5, source: codecarbon}
model-index:
- name: tiny
  results:
  - task: {type: text-classification}
    dataset: {type: acme/corpus, name: Corpus}
    metrics: [{type: accuracy, value: 0.9}]
"""


def test_a_complete_card_is_taken_without_a_word() -> None:
    assert validate(card(GOOD), "model") == ([], [])


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        ("license: [mit", "YAML metadata"),
        ("license: mit\nlicense: apache-2.0", "duplicated mapping key (3:1)"),
        ("a: b\n c: d", "(3:"),
        ("just words", "must be a mapping"),
        ("- a", "must be a mapping"),
        ("license: apache2", '"license" must be one of'),
        ("license: Apache-2.0", '"license" must be one of'),
        ("license: null", '"license" must be one of'),
        ("license: [mit, nonsense]", '"license[1]" must be one of'),
        ("license: other", '"license_name" is required'),
        ("license: other\nlicense_name: 3", '"license_name" must be a string'),
        ("tags: tiny", '"tags" must be an array'),
        ("tags: [a, 1]", '"tags[1]" must be a string'),
        ("datasets:\n- null", '"datasets[0]" must be a string'),
        ("datasets: ['an unknown dataset']", '"datasets[0]" with value'),
        ("base_model: ./out/checkpoint-10", '"base_model" with value'),
        ("base_model: /home/ann/base", '"base_model" with value'),
        ("base_model: [a/b/c]", '"base_model[0]" with value'),
        ("base_model_relation: child", '"base_model_relation" must be one of'),
        ("new_version: 3", '"new_version" must be a string'),
        ("language: english", '"language" with value "english" is not valid'),
        ("language: [en, xx]", '"language[1]" with value "xx"'),
        ("language: EN", '"language" with value "EN"'),
        ("language: [false]", '"language[0]" with value "False"'),
        ("pipeline_tag: [a]", '"pipeline_tag" must be a string'),
        ("metrics: accuracy", '"metrics" must be an array'),
        ("co2_eq_emissions: little", '"co2_eq_emissions.emissions" must be a number'),
        ("co2_eq_emissions: {emissions: true}", '"co2_eq_emissions.emissions" must be a number'),
        ("model-index: tiny", '"model-index" must be an array'),
        ("model-index: [tiny]", '"model-index[0]" must be an object'),
        ("model-index: [{results: []}]", '"model-index[0].name" is required'),
        ("model-index: [{name: a}]", '"model-index[0].results" must be an array'),
        ("model-index: [{name: a, results: [1]}]", '"model-index[0].results[0]" must be an object'),
        ("model-index: [{name: a, results: [{}]}]", '"model-index[0].results[0].task" is required'),
        (
            "model-index: [{name: a, results: [{task: {type: t}, dataset: {type: d, name: n},"
            " metrics: [{type: m}]}]}]",
            '"model-index[0].results[0].metrics[0].value" is required',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(metadata: str, complaint: str) -> None:
    found = errors(metadata)
    assert any(complaint in message for message in found), found


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        ("task_categories: text-classification", '"task_categories" must be an array'),
        ("configs: {}", '"configs" must be an array'),
        ("configs: [{data_files: x}]", '"configs[0].config_name" must be a string'),
        ("dataset_info: big", '"dataset_info" must be an object or an array'),
    ],
)
def test_dataset_cards_have_rules_of_their_own(metadata: str, complaint: str) -> None:
    assert any(complaint in message for message in errors(metadata, "dataset"))
    assert errors(metadata, "model") == []


@pytest.mark.parametrize(
    "content", ["# No metadata\n", "", "---\n---\n", "---\n\n---\ntext", "---\n{}\n---\n"]
)
def test_a_card_without_metadata_is_warned_of_only(content: str) -> None:
    assert validate(content, "model") == ([], [NOT_YET])


def test_an_unknown_pipeline_tag_is_warned_of_only() -> None:
    assert validate(card("pipeline_tag: mind-reading"), "model") == (
        [],
        ['The pipeline tag "mind-reading" is not in the official list'],
    )


def test_windows_line_endings_are_read_too() -> None:
    assert validate("---\r\nlicense: nonsense\r\n---\r\ntext", "model")[0]


@given(st.text())
def test_no_card_makes_it_stumble(text: str) -> None:
    validate(text, "model")
    validate(card(text), "dataset")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_value_in_any_field_makes_it_stumble(value: Any) -> None:
    from bot.sandbox.hub.validate_yaml import _errors, _warnings

    names = [
        "license",
        "language",
        "tags",
        "datasets",
        "base_model",
        "model-index",
        "co2_eq_emissions",
        "configs",
    ]
    for name in names:
        assert all(isinstance(message, str) for message in _errors({name: value}, "model"))
        assert all(isinstance(message, str) for message in _errors({name: value}, "dataset"))
        assert all(isinstance(message, str) for message in _warnings({name: value}))


def upload_card(repo_id: str, text: str) -> str:
    api = HfApi()
    api.create_repo(repo_id, exist_ok=True)
    return str(api.upload_file(repo_id=repo_id, path_or_fileobj=text.encode(), path_in_repo="README.md").oid)


def upload_folder(repo_id: str, path: str) -> str:
    HfApi().create_repo(repo_id, exist_ok=True)
    return str(HfApi().upload_folder(repo_id=repo_id, folder_path=path).oid)


def push(repo_id: str, text: str) -> None:
    ModelCard(text).push_to_hub(repo_id)


def update(repo_id: str, metadata: dict[str, Any], overwrite: bool = False) -> dict[str, Any]:
    metadata_update(repo_id, metadata, overwrite=overwrite)
    found = ModelCard.load(repo_id)
    data: dict[str, Any] = found.data.to_dict()
    return data


def check(text: str) -> None:
    ModelCard(text).validate()


def test_an_unknown_licence_fails_before_anything_is_uploaded(
    client: Client, world: World, tmp_path: Any
) -> None:
    (tmp_path / "README.md").write_text(card("license: my-own"))
    (tmp_path / "model.safetensors").write_bytes(b"w" * 1000)
    with pytest.raises(ClientError, match="Invalid metadata in README") as refused:
        client.run(upload_folder, "acme/unlicensed", str(tmp_path))
    assert refused.value.kind == "ValueError"
    touched = [str(entry["path"]) for entry in world.requests() if "unlicensed" in str(entry["path"])]
    assert not any("preupload" in path or ".git/" in path or "/commit/" in path for path in touched)


def test_cards_are_validated_and_pushed(client: Client) -> None:
    # The client's YAML is 1.1: it would send "no" on as false.
    client.run(check, card(GOOD.replace("no, ", "")))
    with pytest.raises(ClientError) as refused:
        client.run(check, card("license: nonsense"))
    assert refused.value.kind == "ValueError"
    client.run(upload_card, "acme/pushed", card("license: mit"))
    client.run(push, "acme/pushed", card("license: apache-2.0"))
    with pytest.raises(ClientError):
        client.run(push, "acme/pushed", card("license: nonsense"))


def test_metadata_is_updated_in_place(client: Client) -> None:
    client.run(upload_card, "acme/updated", card("license: mit"))
    assert client.run(update, "acme/updated", {"tags": ["new"]}) == {"license": "mit", "tags": ["new"]}
    with pytest.raises(ClientError, match="overwrite"):
        client.run(update, "acme/updated", {"license": "apache-2.0"})
    assert client.run(update, "acme/updated", {"license": "apache-2.0"}, True)["license"] == "apache-2.0"
