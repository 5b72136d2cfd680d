"""The release manifest ``model-release.yml``: what is released, as what, under which terms."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from bot.cards.declared import Declared, EvaluatedOn
from bot.cards.hub_ids import is_hub_id
from bot.documents import DocumentError, Problem, read_document
from bot.hub.slugs import LONGEST_TITLE, SLUG
from bot.release.files import MANIFEST
from bot.release.signer import GITHUB_ACTIONS, Identity
from bot.release.sources.addresses import JSON_SCHEMA, Folder, parse_source

__all__ = [
    "MANIFEST",
    "Evaluation",
    "Manifest",
    "Signer",
    "Threshold",
    "Waiver",
    "json_schema",
    "manifest_or_problems",
    "read_manifest",
]

LONGEST = 32 * 1024
"""Characters of a manifest, at most: it is read again at many a step, while others' events wait."""

# semver.org, version 2.0.0, item 2 and following; the leading "v" belongs to the tag
_VERSION = re.compile(
    r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)


def _owned_id(name: str) -> str:
    if "/" not in name or not is_hub_id(name):
        raise ValueError(f'"{name[:80]}" is no Hub id; write it as owner/name')
    return name


def _hub_name(name: str) -> str:
    if not is_hub_id(name):
        raise ValueError(f'"{name[:80]}" is no name on the Hub')
    return name


def _version(text: str) -> str:
    if len(text) > 64 or not _VERSION.fullmatch(text):
        raise ValueError(f'"{text[:64]}" is no version; write three numbers such as 1.0.0')
    return text


def _source(text: str) -> str:
    address = parse_source(text)
    return address.path if isinstance(address, Folder) else text


def _collection(name: str) -> str:
    if not SLUG.fullmatch(name) and (len(name) > LONGEST_TITLE or name != name.strip()):
        raise ValueError(
            f"the title of a collection has at most {LONGEST_TITLE} characters, and no space around it"
        )
    return name


HubName = Annotated[str, AfterValidator(_hub_name)]
HubId = Annotated[str, AfterValidator(_owned_id)]
WaivableGate = Literal["licence", "file_formats", "private_data", "card", "evaluation", "dataset"]
SourceText = Annotated[str, AfterValidator(_source), WithJsonSchema(JSON_SCHEMA)]

SHORTEST_REASON, LONGEST_REASON = 10, 500
"""Characters of the reason for a waiver."""

Collection = Annotated[str, Field(min_length=1, max_length=140), AfterValidator(_collection)]


class Evaluation(BaseModel):
    """Say which data the result files were measured on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=100, description="Hub id or short name of the dataset.")
    name: str = Field(min_length=1, max_length=200, description="Its name, for people.")
    split: str | None = Field(None, max_length=100, description="The split that was used, such as test.")


class Threshold(BaseModel):
    """Say how good a result has to be for the model to be released."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: str = Field(min_length=1, max_length=100, description="The metric, such as accuracy.")
    task: str | None = Field(None, max_length=100, description="The task of lm-evaluation-harness.")
    at_least: float | None = Field(None, allow_inf_nan=False, description="The lowest value that passes.")
    at_most: float | None = Field(None, allow_inf_nan=False, description="The highest value that passes.")
    worse_by_at_most: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="How much worse it may be than in the version before."
    )
    better: Literal["higher", "lower"] | None = Field(
        None,
        description="Which values are better; unless said, higher ones, or lower ones with at_most alone.",
    )

    @model_validator(mode="after")
    def _is_a_bound(self) -> Threshold:
        if self.at_least is None and self.at_most is None and self.worse_by_at_most is None:
            raise ValueError("say at_least, at_most, worse_by_at_most or more than one of them")
        return self

    @property
    def lower_is_better(self) -> bool:
        """Tell whether less of the metric is better."""
        if self.better is None:
            return self.at_most is not None and self.at_least is None
        return self.better == "lower"


class Waiver(BaseModel):
    """Let a release go on although a gate did not pass, on one maintainer's word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: WaivableGate = Field(description="The gate.")
    by: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$",
        description="Login of the maintainer, who then has to approve the release; not who asks for it.",
    )
    reason: str = Field(
        min_length=SHORTEST_REASON, max_length=LONGEST_REASON, description="Why it is right to release it."
    )


class Signer(BaseModel):
    """Name the job that signs the release, which only that job can do, and nobody with a stolen key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    identity: str = Field(
        min_length=1,
        max_length=500,
        description="Its name in the certificate: for a workflow of GitHub Actions its address and ref, "
        "https://github.com/OWNER/REPOSITORY/.github/workflows/FILE@refs/heads/main; {version} stands for "
        "the release's, as in @refs/tags/v{version}.",
    )
    issuer: str = Field(
        GITHUB_ACTIONS, min_length=1, max_length=500, description="Who vouches for that identity."
    )


class Manifest(BaseModel):
    """Describe one release."""

    model_config = ConfigDict(extra="forbid", frozen=True, title=MANIFEST)

    hub_id: HubId = Field(description="Where the model goes on the Hub, as owner/name.")
    version: Annotated[str, AfterValidator(_version)] = Field(description="Semantic version, such as 1.0.0.")
    source: SourceText = Field(
        description="Where the model's files are: a folder of the repository, or an address elsewhere."
    )
    license: str = Field(min_length=1, max_length=100, description="Licence id as the Hub lists it.")
    license_name: str | None = Field(
        None, max_length=200, description="Name of the licence, with license: other."
    )
    license_link: str | None = Field(
        None, max_length=500, description="LICENSE or a URL, with license: other."
    )
    base_models: list[HubId] = Field([], description="Hub ids of the models this one was made from.")
    base_model_relation: Literal["finetune", "adapter", "quantized", "merge"] | None = None
    datasets: list[HubName] = Field([], description="Hub ids of the datasets it was trained on.")
    language: list[str] = Field([], description="Language codes, such as en.")
    library_name: str | None = Field(None, max_length=100, description="Library that loads the model.")
    pipeline_tag: str | None = Field(None, max_length=100, description="Task, such as image-classification.")
    tags: list[str] = Field([], description="Further tags on the Hub.")
    title: str | None = Field(None, max_length=200, description="Title of the card.")
    description: str | None = Field(None, max_length=5000, description="What the model does.")
    intended_use: str | None = Field(None, max_length=5000, description="What it is meant for, and what not.")
    limitations: str | None = Field(None, max_length=5000, description="Where it fails.")
    evaluated_on: Evaluation | None = Field(None, description="The data the results were measured on.")
    thresholds: list[Threshold] = Field(
        [], max_length=100, description="How good the results have to be, by the files they stand in."
    )
    waivers: list[Waiver] = Field([], max_length=20, description="Gates that did not pass and need not.")
    signer: Signer | None = Field(
        None, description="Who has to sign it without a key; who downloads it can hold it to that."
    )
    visibility: Literal["public", "private"] = Field("public", description="Who may see it in the end.")
    approvers: int = Field(
        1, ge=1, le=10, description="People who have to approve, besides who asked for it."
    )

    collections: list[Collection] = Field(
        [],
        max_length=20,
        description="Collections of the model's owner on the Hub to put it into, by title or slug; a title "
        "that is not there is made.",
    )
    replaces: HubId | None = Field(
        None, description="Hub id of the model this one takes the place of; who looks after it is told how."
    )

    @model_validator(mode="after")
    def _collects_at_home(self) -> Manifest:
        owner = self.hub_id.partition("/")[0]
        for named in self.collections:
            slug = SLUG.fullmatch(named)
            if slug and slug[1] != owner:
                raise ValueError(f"the collection {named} is not one of {owner}")
        return self

    @property
    def signed_by(self) -> Identity | None:
        """Name who has to sign it; None when anybody may."""
        if self.signer is None:
            return None
        return Identity(self.signer.identity.replace("{version}", self.version), self.signer.issuer)

    @property
    def tag(self) -> str:
        """Name the Hub tag of this version."""
        return f"v{self.version}"

    @property
    def folder(self) -> str | None:
        """Give the model's folder inside the repository; None when its files are kept elsewhere."""
        address = parse_source(self.source)
        return address.path if isinstance(address, Folder) else None

    def declared(self) -> Declared:
        """Give the manifest in the words of the card library."""
        data = self.evaluated_on
        return Declared(
            model_id=self.hub_id,
            title=self.title,
            description=self.description,
            license=self.license,
            license_name=self.license_name,
            license_link=self.license_link,
            base_models=tuple(self.base_models),
            base_model_relation=self.base_model_relation,
            datasets=tuple(self.datasets),
            language=tuple(self.language),
            library_name=self.library_name,
            pipeline_tag=self.pipeline_tag,
            tags=tuple(self.tags),
            evaluated_on=EvaluatedOn(data.id, data.name, data.split) if data else None,
            intended_use=self.intended_use,
            limitations=self.limitations,
        )


def read_manifest(text: str | bytes) -> Manifest:
    """Read a manifest. Raises DocumentError with every problem and its line and column."""
    if len(text) > LONGEST:
        said = f"the manifest is larger than {LONGEST // 1024} KiB"
        raise DocumentError((Problem(1, 1, "", said, "leave out what is not about the release"),))
    return read_document(text, Manifest)


def manifest_or_problems(text: str) -> tuple[Manifest | None, tuple[Problem, ...]]:
    """Read a manifest for the gates, which report its problems themselves; no text is no manifest."""
    if not text.strip():
        return None, ()
    try:
        return read_manifest(text), ()
    except DocumentError as error:
        return None, error.problems


def json_schema() -> dict[str, Any]:
    """Export the JSON Schema that editors check a manifest with."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
