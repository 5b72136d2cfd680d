"""Validate the metadata of a card as the Hub does before it takes a README.md.

The fields and their kinds are those of hub-docs, modelcard.md and datasetcard.md. One rule is stricter than
the Hub's, which only recommends it: ``license: other`` needs a ``license_name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypedDict

from ruamel.yaml import YAML

from bot.sandbox.hub.cards import read_card
from bot.sandbox.hub.names import RepoType, valid_id

NOT_YET = "empty or missing yaml metadata in repo card"

_LANGUAGE = re.compile(r"(?P<main>[a-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
_STRINGS = ("pipeline_tag", "library_name", "thumbnail", "license_name", "license_link", "pretty_name")
_LISTS = {
    "model": ("tags",),
    "dataset": (
        "tags",
        "annotations_creators",
        "language_creators",
        "multilinguality",
        "size_categories",
        "source_datasets",
        "task_categories",
        "task_ids",
    ),
    "space": ("tags", "models"),
}
_ID_FIELDS = {
    "model": ("datasets", "base_model", "new_version"),
    "dataset": (),
    "space": ("datasets", "models"),
}


class _Values(TypedDict):
    licenses: list[str]
    languages: str
    special_languages: list[str]
    base_model_relations: list[str]
    pipeline_tags: list[str]


@cache
def _values() -> _Values:
    loaded: _Values = YAML(typ="safe").load((files("bot.sandbox.hub") / "data/card_values.yaml").read_text())
    return loaded


def validate(content: str, type_: RepoType) -> tuple[list[str], list[str]]:
    """Give the errors and the warnings a README.md earns."""
    card = read_card(content)
    if card.error is not None:
        return [f"YAML metadata: {card.error}"], []
    if card.metadata is None:
        return [], [NOT_YET]
    if not isinstance(card.metadata, dict):
        return ["The metadata must be a mapping of names to values"], []
    return list(_errors(card.metadata, type_)), list(_warnings(card.metadata))


def _errors(metadata: Mapping[str, object], type_: RepoType) -> Iterator[str]:
    for name in _STRINGS:
        if name in metadata and not isinstance(metadata[name], str):
            yield f'"{name}" must be a string'
    for name in _LISTS[type_]:
        if name in metadata:
            yield from _not_a_list_of_strings(name, metadata[name])
    for name in _ID_FIELDS[type_]:
        if name in metadata:
            yield from _not_ids(name, metadata[name])
    yield from _license(metadata)
    yield from _language(metadata)
    if type_ == "model":
        yield from _lineage(metadata)
        yield from _model_index(metadata)
        yield from _emissions(metadata)
    if type_ == "dataset":
        yield from _configs(metadata)


def _warnings(metadata: Mapping[str, object]) -> Iterator[str]:
    if not metadata:
        yield NOT_YET
    tag = metadata.get("pipeline_tag")
    if isinstance(tag, str) and tag not in _values()["pipeline_tags"]:
        yield f'The pipeline tag "{tag}" is not in the official list'


def _not_a_list_of_strings(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f'"{name}" must be an array'
        return
    for place, item in enumerate(value):
        if not isinstance(item, str):
            yield f'"{name}[{place}]" must be a string'


def _not_ids(name: str, value: object) -> Iterator[str]:
    items = value if isinstance(value, list) else [value]
    for place, item in enumerate(items):
        where = f"{name}[{place}]" if isinstance(value, list) else name
        if not isinstance(item, str):
            yield f'"{where}" must be a string'
        elif not valid_id(item):
            yield f'"{where}" with value "{item}" is not valid. Use the id of a repository on the Hub'


def _license(metadata: Mapping[str, object]) -> Iterator[str]:
    value = metadata.get("license")
    if "license" not in metadata:
        return
    given = value if isinstance(value, list) else [value]
    for place, item in enumerate(given):
        if item not in _values()["licenses"]:
            where = f"license[{place}]" if isinstance(value, list) else "license"
            yield f'"{where}" must be one of [{", ".join(_values()["licenses"])}]'
    if "other" in given and not metadata.get("license_name"):
        yield '"license_name" is required when "license" is "other"'


def _language(metadata: Mapping[str, object]) -> Iterator[str]:
    value = metadata.get("language")
    if "language" not in metadata:
        return
    two_letters, special = _values()["languages"].split(), _values()["special_languages"]
    for place, item in enumerate(value if isinstance(value, list) else [value]):
        where = f"language[{place}]" if isinstance(value, list) else "language"
        match = _LANGUAGE.fullmatch(item) if isinstance(item, str) else None
        known = match is not None and (len(match["main"]) == 3 or match["main"] in two_letters)
        if not known and item not in special:
            yield (
                f'"{where}" with value "{item}" is not valid. It must be an ISO 639-1, 639-2 or 639-3 code '
                f"(two or three letters) or one of [{', '.join(special)}]"
            )


def _lineage(metadata: Mapping[str, object]) -> Iterator[str]:
    relations = _values()["base_model_relations"]
    if "base_model_relation" in metadata and metadata["base_model_relation"] not in relations:
        yield f'"base_model_relation" must be one of [{", ".join(relations)}]'
    if "metrics" in metadata:
        yield from _not_a_list_of_strings("metrics", metadata["metrics"])


def _model_index(metadata: Mapping[str, object]) -> Iterator[str]:
    if "model-index" not in metadata:
        return
    models = metadata["model-index"]
    if not isinstance(models, list):
        yield '"model-index" must be an array'
        return
    for place, model in enumerate(models):
        where = f"model-index[{place}]"
        if not isinstance(model, dict):
            yield f'"{where}" must be an object'
            continue
        yield from _required(where, model, "name")
        results = model.get("results")
        if not isinstance(results, list):
            yield f'"{where}.results" must be an array'
            continue
        for number, result in enumerate(results):
            yield from _result(f"{where}.results[{number}]", result)


def _result(where: str, result: object) -> Iterator[str]:
    if not isinstance(result, dict):
        yield f'"{where}" must be an object'
        return
    for part, keys in (("task", ("type",)), ("dataset", ("type", "name"))):
        if not isinstance(result.get(part), dict):
            yield f'"{where}.{part}" is required'
        else:
            yield from _required(f"{where}.{part}", result[part], *keys)
    metrics = result.get("metrics")
    if not isinstance(metrics, list):
        yield f'"{where}.metrics" must be an array'
        return
    for number, metric in enumerate(metrics):
        if not isinstance(metric, dict):
            yield f'"{where}.metrics[{number}]" must be an object'
        else:
            yield from _required(f"{where}.metrics[{number}]", metric, "type", "value")


def _required(where: str, found: Mapping[str, object], *keys: str) -> Iterator[str]:
    for key in keys:
        if found.get(key) is None:
            yield f'"{where}.{key}" is required'


def _emissions(metadata: Mapping[str, object]) -> Iterator[str]:
    value = metadata.get("co2_eq_emissions")
    number = value.get("emissions") if isinstance(value, dict) else value
    if "co2_eq_emissions" in metadata and (isinstance(number, bool) or not isinstance(number, int | float)):
        yield '"co2_eq_emissions.emissions" must be a number (grams of CO2)'


def _configs(metadata: Mapping[str, object]) -> Iterator[str]:
    if "configs" in metadata:
        configs = metadata["configs"]
        if not isinstance(configs, list):
            yield '"configs" must be an array'
            return
        for place, config in enumerate(configs):
            if not isinstance(config, dict) or not isinstance(config.get("config_name"), str):
                yield f'"configs[{place}].config_name" must be a string'
    if "dataset_info" in metadata and not isinstance(metadata["dataset_info"], dict | list):
        yield '"dataset_info" must be an object or an array'
