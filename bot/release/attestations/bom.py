"""Write and read a CycloneDX ML-BOM: what the model is made of, under which licences, with which hashes.

Source: CycloneDX 1.6, JSON (ECMA-424). It is written here because cyclonedx-python-lib 11 knows no
``modelCard``; a test holds what is written against the schema that comes with that library.
"""

from __future__ import annotations

import uuid
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from bot.cards import licences
from bot.hub.jobs import Origin
from bot.release.attestations.told import Told
from bot.release.manifest import Manifest

SPEC = "1.6"
_SERIAL = uuid.UUID("6a3d0ffb-6c36-5a39-9c53-8f2b6ab1c0de")
"""The namespace of the serial numbers, so that the same content always has the same one."""


def bom(told: Told) -> dict[str, Any]:
    """Give the ML-BOM of the approved files.

    It lists the base models and datasets that the manifest names. What those were made from in turn it
    leaves out: the Hub may have shown that to our token alone.
    """
    manifest, hub = told.manifest, told.hub
    made_from, data = dict.fromkeys(manifest.base_models), dict.fromkeys(manifest.datasets)
    said = {(origin.kind, origin.id): origin for origin in told.collected.origins or ()}
    models = [_origin("model", one, hub, said.get(("model", one))) for one in made_from]
    datasets = [_origin("dataset", one, hub, said.get(("dataset", one))) for one in data]
    reference = f"model:{manifest.hub_id}@{manifest.version}"
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "serialNumber": uuid.uuid5(_SERIAL, f"{reference} {told.collected.digest}").urn,
        "version": 1,
        "metadata": {
            "tools": {
                "components": [{"type": "application", "name": "giveback", "version": told.maker.version}]
            },
            "component": {
                "type": "machine-learning-model",
                "bom-ref": reference,
                "name": manifest.hub_id,
                "version": manifest.version,
                **({"description": manifest.description} if manifest.description else {}),
                "licenses": _licences(manifest.license, manifest.license_name, manifest.license_link),
                "externalReferences": [{"type": "distribution", "url": f"{hub}/{manifest.hub_id}"}],
                "modelCard": _card(manifest),
                "components": [
                    {
                        "type": "file",
                        "bom-ref": f"file:{file.path}",
                        "name": file.path,
                        "hashes": [{"alg": "SHA-256", "content": file.sha256}],
                    }
                    for file in told.collected.files
                ],
            },
        },
        "components": [*models, *datasets],
        "dependencies": [
            {"ref": reference, "dependsOn": [one["bom-ref"] for one in (*models, *datasets)]},
        ],
    }


def _card(manifest: Manifest) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if manifest.pipeline_tag:
        parameters["task"] = manifest.pipeline_tag
    if manifest.datasets:
        parameters["datasets"] = [{"ref": f"dataset:{one}"} for one in dict.fromkeys(manifest.datasets)]
    considerations: dict[str, Any] = {}
    if manifest.intended_use:
        considerations["useCases"] = [manifest.intended_use]
    if manifest.limitations:
        considerations["technicalLimitations"] = [manifest.limitations]
    parts = {"modelParameters": parameters, "considerations": considerations}
    return {name: part for name, part in parts.items() if part}


def _origin(kind: str, id_: str, hub: str, origin: Origin | None) -> dict[str, Any]:
    path = id_ if kind == "model" else f"datasets/{id_}"
    named = _licences(origin.license, origin.license_name, None) if origin and origin.license else []
    return {
        "type": "machine-learning-model" if kind == "model" else "data",
        "bom-ref": f"{kind}:{id_}",
        "name": id_,
        **({"licenses": named} if named else {}),
        "externalReferences": [{"type": "distribution", "url": f"{hub}/{path}"}],
    }


def _licences(licence: str, name: str | None, link: str | None) -> list[dict[str, Any]]:
    """Name a licence by its SPDX id where it has one, and otherwise in words."""
    try:
        return [{"license": {"id": canonicalize_license_expression(licence)}}]
    except InvalidLicenseExpression:
        called = (name if licence == licences.OTHER else None) or licences.known().get(licence) or licence
        is_address = link is not None and link.startswith("https://")
        return [{"license": {"name": called, **({"url": link} if is_address else {})}}]


def read_described(document: object) -> tuple[str, str]:
    """Give the Hub id and the version it is about. Raises ValueError when it names none."""
    match document:
        case {"metadata": {"component": {"name": str(hub_id), "version": str(version)}}}:
            return hub_id, version
    raise ValueError("it does not say which model it is about")


def read_hashes(document: object) -> dict[str, str]:
    """Give the SHA-256 of each file that an ML-BOM lists. Raises ValueError when it is none of ours."""
    match document:
        case {
            "bomFormat": "CycloneDX",
            "specVersion": version,
            "metadata": {"component": {"components": [*listed]}},
        } if version == SPEC:
            pass
        case _:
            raise ValueError(f"it is no CycloneDX {SPEC} document of a model and its files")
    found: dict[str, str] = {}
    for one in listed:
        match one:
            case {"name": str(name), "hashes": [{"alg": "SHA-256", "content": str(content)}]} if (
                name not in found
            ):
                found[name] = content
            case _:
                raise ValueError("a file in it has no name of its own, or no SHA-256")
    return found
