"""Write a model card from the files in a model's folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from pydantic import Field

from bot.actions import Action
from bot.cards.answers import answers
from bot.cards.declared import Declared
from bot.commands import WRITE, Command, Parameter, ThreadKind, Topic
from bot.config import Section
from bot.documents import DocumentError
from bot.errors import UserError
from bot.feature import Call, Feature
from bot.features.model_card.delivery import Delivery, deliver
from bot.features.model_card.fetching import FetchesModels
from bot.features.model_card.target import Reads as TargetReads
from bot.features.model_card.target import choose_target, open_pull_request
from bot.features.model_card.writing import Order, write_card
from bot.reads import ChangedFile
from bot.release.manifest import MANIFEST, Manifest, read_manifest
from bot.rendering import code, listed

_SIGNS_OF_A_MODEL = (
    "config.json",
    "adapter_config.json",
    "model_index.json",
    "*.safetensors",
    "*.gguf",
    "*.onnx",
    "*.keras",
    "*.skops",
    "MLmodel",
)


class ModelCardSection(Section):
    """Write model cards when asked to."""

    folder: str | None = Field(
        default=None, description="The model's folder, when a pull request does not make it plain."
    )
    template: str | None = Field(
        default=None,
        description="Path of a Jinja template on the default branch that arranges the parts of the card.",
    )


class Reads(FetchesModels, TargetReads, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""


feature = Feature[ModelCardSection, Reads]("model-card", ModelCardSection)


@feature.command(
    Command(
        name="model-card",
        usage='/model-card [set KEY="TEXT" ...] [path=FOLDER]',
        description="Writes the model card from the files in the model's folder; what people wrote stays.",
        who=WRITE,
        example='/model-card set intended-use="Sorting photos of birds." path=models/birds',
        parameters=(
            Parameter("set", "Answer questions about the model, each as `KEY=TEXT`.", choices=("set",)),
            Parameter("path", "The model's folder in the repository.", option=True),
            *(Parameter(key, answer.description, option=True) for key, answer in answers().items()),
        ),
        topic=Topic.MODELS,
    )
)
async def card_asked(call: Call, section: ModelCardSection, reads: Reads) -> Sequence[Action]:
    """Commit the card to the pull request's branch, open a pull request with it, or show it.

    The bot writes only to the repository it was asked in: a fork belongs to somebody else.
    """
    given = {key: value for key, value in call.invocation.options.items() if key != "path"}
    if call.invocation.arguments and not given:
        raise UserError(f'Say what to set: `/model-card set KEY="TEXT"`, where KEY is {_keys()}.')
    repository = call.thread.repository
    default = call.event.repository.default_branch
    asked_on = await open_pull_request(call, reads)
    folder = call.invocation.options.get("path") or await _folder(call, section, reads)
    folder = PurePosixPath(folder).as_posix().strip("/")
    branch = f"giveback/model-card-{call.thread.number}"
    into = await choose_target(repository, default, branch, asked_on, reads)
    manifest = await _manifest(repository, default, reads)
    declared = manifest.declared() if manifest and manifest.folder == folder else Declared()
    template = await _template(repository, default, section, reads)
    declared = replace(declared, place=PurePosixPath(folder).name or repository.rpartition("/")[2])
    order = Order(folder, declared, given, template, pictures=not into.is_foreign)
    written = await write_card(repository, into.commit, order, reads)
    changed = await reads.changed_files(repository, call.thread.number) if into.is_foreign else ()
    return deliver(Delivery(call, "model-card", folder, written), into, changed)


def folders_with_models(paths: Iterable[str]) -> list[str]:
    """List the folders that files which come with a model stand in."""
    found = {
        PurePosixPath(path).parent.as_posix()
        for path in paths
        if any(PurePosixPath(path).match(sign) for sign in _SIGNS_OF_A_MODEL)
    }
    return sorted(found)


async def _folder(call: Call, section: ModelCardSection, reads: Reads) -> str:
    """Find the model's folder from what the pull request changes, else from the configuration."""
    found = []
    if call.kind is ThreadKind.PULL_REQUEST:
        files = await reads.changed_files(call.thread.repository, call.thread.number)
        found = folders_with_models(file.path for file in files if file.status != "removed")
    if len(found) > 1:
        choices = listed([code(folder) for folder in found], "or")
        raise UserError(f"More than one folder here holds a model: {choices}. Say which with `path=`.")
    folder = found[0] if found else section.folder
    if folder is None:
        raise UserError("I see no model here. Say where it is: `/model-card path=FOLDER`.")
    return folder


async def _manifest(repository: str, branch: str, reads: Reads) -> Manifest | None:
    """Read what the default branch declares about the model; a broken manifest is the release's matter."""
    text = await reads.text_file(repository, MANIFEST, branch)
    if text is None:
        return None
    try:
        return read_manifest(text)
    except DocumentError:
        return None


async def _template(repository: str, branch: str, section: ModelCardSection, reads: Reads) -> str | None:
    """Read the repository's own template, from the default branch only: it decides what the bot writes."""
    if section.template is None:
        return None
    text = await reads.text_file(repository, section.template, branch)
    if text is None:
        raise UserError(
            f"The card's template {code(section.template)} is not on {code(branch)}. Add it there, or take "
            "`template` out of the `model-card` section of the configuration."
        )
    return text


def _keys() -> str:
    return listed([code(key) for key in answers()], "or")
