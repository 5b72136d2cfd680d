import json
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bot.cards import licences
from bot.release.attestations.bom import bom, read_hashes
from tests.release.attestations.telling import FILES, told
from tests.release.worlds import MANIFEST

RICH = MANIFEST + (
    "pipeline_tag: image-classification\ndescription: Tells digits.\nintended_use: Post.\nlimitations: Ink.\n"
)


@pytest.fixture(scope="module")
def validator() -> JsonStrictValidator:
    return JsonStrictValidator(SchemaVersion.V1_6)


@pytest.mark.parametrize("manifest", [MANIFEST, RICH, MANIFEST.replace("datasets:", "tags:")])
def test_the_bom_is_valid_by_the_published_schema(validator: JsonStrictValidator, manifest: str) -> None:
    error = validator.validate_str(json.dumps(bom(told(manifest))))
    assert error is None, error


def test_every_licence_of_the_hub_makes_a_valid_bom(validator: JsonStrictValidator) -> None:
    document = bom(told())
    named: list[Any] = []
    for licence in licences.known():
        manifest = MANIFEST.replace("apache-2.0", licence)
        if licence == licences.OTHER:
            manifest += "license_name: Acme Terms\nlicense_link: https://acme.example/terms\n"
        named.append(
            {
                "type": "library",
                "name": licence,
                "licenses": bom(told(manifest))["metadata"]["component"]["licenses"],
            }
        )
    error = validator.validate_str(json.dumps({**document, "components": named, "dependencies": []}))
    assert error is None, error
    said = {one["name"]: one["licenses"][0]["license"] for one in named}
    assert said["apache-2.0"] == {"id": "Apache-2.0"}
    assert said["llama3.1"] == {"name": licences.known()["llama3.1"]}
    assert said["other"] == {"name": "Acme Terms", "url": "https://acme.example/terms"}


def test_the_bom_has_the_hashes_the_model_card_and_what_the_model_was_made_from() -> None:
    document = bom(told(RICH))
    model = document["metadata"]["component"]
    assert (model["type"], model["name"], model["version"]) == (
        "machine-learning-model",
        "acme/digits-moved",
        "1.0.0",
    )
    assert read_hashes(document) == {file.path: file.sha256 for file in FILES}
    assert model["modelCard"] == {
        "modelParameters": {"task": "image-classification", "datasets": [{"ref": "dataset:acme/digits"}]},
        "considerations": {"useCases": ["Post."], "technicalLimitations": ["Ink."]},
    }
    base, data = document["components"]
    assert base["licenses"] == [{"license": {"name": "Acme Terms"}}]
    assert data["licenses"] == [{"license": {"id": "CC-BY-4.0"}}]
    assert document["dependencies"][0]["dependsOn"] == [base["bom-ref"], data["bom-ref"]]


def test_what_a_base_model_was_made_from_in_turn_is_not_told() -> None:
    assert "secret" not in json.dumps(bom(told()))


def test_something_named_twice_in_the_manifest_is_listed_once(validator: JsonStrictValidator) -> None:
    twice = MANIFEST.replace("[acme/digits-base]", "[acme/digits-base, acme/digits-base]")
    assert len(bom(told(twice))["components"]) == 2


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {}}},
        {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"components": [1]}}},
    ],
)
def test_a_document_that_is_no_bom_of_ours_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match=r"CycloneDX|no name"):
        read_hashes(document)
