"""Write and read where a release comes from and who let it out: an in-toto Statement with SLSA provenance.

Sources: in-toto Attestation Framework, Statement v1; SLSA v1.0, "Provenance" (``buildDefinition``,
``runDetails``). It names no moments: nothing here depends on when it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.release.attestations.told import Told
from bot.release.files import MANIFEST, ReleaseFile
from bot.release.gates.results import GateResult, Outcome
from bot.release.request import PinKind

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:giveback:model-release:1"
"""What the parameters below mean; docs/attestations.md says it."""


def provenance(told: Told, files: tuple[ReleaseFile, ...]) -> dict[str, Any]:
    """Give the statement about ``files``.

    Of a private repository it tells the commit and how many people approved, and neither its name, nor
    who they are, nor where the weights lie, nor a waiver's reason. What lies on somebody's own machine has
    no commit.
    """
    request, manifest, maker = told.request, told.manifest, told.maker
    external: dict[str, Any] = {"hub_id": manifest.hub_id, "version": manifest.version}
    approval: dict[str, Any] = {"content": told.collected.digest, "approvals": len(told.approvers)}
    if not request.private:
        external |= {"manifest": MANIFEST, "source": manifest.source}
        approval |= {"requester": request.requester, "approvers": list(told.approvers)}
    return {
        "_type": STATEMENT,
        "subject": [{"name": file.path, "digest": {"sha256": file.sha256}} for file in files],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": external,
                "internalParameters": {
                    **approval,
                    "gates": [_gate(gate, private=request.private) for gate in told.gates],
                },
                "resolvedDependencies": [*_source(told), *_pins(told), *_origins(told)],
            },
            "runDetails": {
                "builder": {"id": maker.id, "version": {"giveback": maker.version}},
                "metadata": {"invocationId": request.id},
            },
        },
    }


def _source(told: Told) -> Iterator[dict[str, Any]]:
    request = told.request
    if not request.commit:
        return
    source: dict[str, Any] = {"digest": {"gitCommit": request.commit}}
    if not request.private:
        source["uri"] = f"git+{told.maker.github}/{request.repository}"
    yield source


def _pins(told: Told) -> Iterator[dict[str, Any]]:
    """Yield where files were fetched from; an ETag or a version is no hash, so it is an annotation.

    What lay in the repository itself is pinned by its commit, which is told already.
    """
    for pin in () if told.request.private else told.collected.pins:
        match pin.kind:
            case PinKind.COMMIT if pin.value == told.request.commit:
                continue
            case PinKind.COMMIT:
                yield {"uri": pin.uri, "digest": {"gitCommit": pin.value}}
            case PinKind.SHA256:
                yield {"uri": pin.uri, "digest": {"sha256": pin.value}}
            case PinKind.ETAG | PinKind.VERSION:
                yield {"uri": pin.uri, "annotations": {pin.kind.value: pin.value}}


def _origins(told: Told) -> Iterator[dict[str, str]]:
    for model in told.manifest.base_models:
        yield {"name": f"base model {model}", "uri": f"{told.hub}/{model}"}
    for dataset in told.manifest.datasets:
        yield {"name": f"dataset {dataset}", "uri": f"{told.hub}/datasets/{dataset}"}


def _gate(gate: GateResult, *, private: bool) -> dict[str, str]:
    told = {"name": gate.gate, "outcome": gate.outcome.value}
    if gate.outcome is Outcome.WAIVED and not private:
        told["waiver"] = gate.evidence[0]
    return told


def read_subjects(statement: object) -> dict[str, str]:
    """Give each subject's SHA-256. Raises ValueError when it is no such statement."""
    match statement:
        case {"_type": type_, "predicateType": predicate, "subject": [*subjects]}:
            if (type_, predicate) != (STATEMENT, PREDICATE):
                raise ValueError("it is no in-toto statement of SLSA provenance")
        case _:
            raise ValueError("it is no in-toto statement")
    found: dict[str, str] = {}
    for subject in subjects:
        match subject:
            case {"name": str(name), "digest": {"sha256": str(digest)}} if name not in found:
                found[name] = digest
            case _:
                raise ValueError("a subject has no name of its own, or no SHA-256")
    return found


def read_model(statement: object) -> tuple[str, str]:
    """Give the Hub id and the version it is about. Raises ValueError when it names none."""
    match statement:
        case {
            "predicate": {
                "buildDefinition": {
                    "buildType": build_type,
                    "externalParameters": {"hub_id": str(hub_id), "version": str(version)},
                }
            }
        } if build_type == BUILD_TYPE:
            return hub_id, version
    raise ValueError("it does not say which model it is about")


def read_origin(statement: object) -> str:
    """Tell in a sentence where it says the model comes from, and how many approved it; of nobody by name."""
    match statement:
        case {
            "predicate": {
                "buildDefinition": {
                    "internalParameters": {"approvals": int(approvals)},
                    "resolvedDependencies": [*sources],
                }
            }
        }:
            pass
        case _:
            raise ValueError("it does not say who approved the model and where it comes from")
    people = f"{approvals} {'person' if approvals == 1 else 'people'} approved it"
    match sources:
        case [{"uri": str(uri), "digest": {"gitCommit": str(commit)}}, *_]:
            return f"it comes from {uri} at {commit}, and {people}"
        case [{"digest": {"gitCommit": str(commit)}}, *_]:
            return f"it comes from the commit {commit} of a private repository, and {people}"
    return f"it comes from somebody's own machine, and {people}"
