"""Write a model card from the files in a model's folder."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from pydantic import Field

from bot.actions import Action, CommitFiles, FileChange, OpenPullRequest, Reply
from bot.cards.card import Card, render_card
from bot.cards.declared import Declared
from bot.cards.excerpt import Excerpt, excerpt
from bot.cards.facts import Unreadable
from bot.cards.questions import Question, questions
from bot.cards.readers import READERS
from bot.cards.reading import read_facts
from bot.commands import WRITE, Command, Parameter, ThreadKind, Topic
from bot.config import Section
from bot.documents import DocumentError
from bot.errors import UserError
from bot.events import PullRequest
from bot.feature import Call, Feature
from bot.reads import ChangedFile
from bot.release.manifest import MANIFEST, Manifest, read_manifest
from bot.rendering import BODY_LIMIT, code, listed, quiet, render

CARD = "README.md"
CARD_LIMIT = 1_000_000
"""Bytes of a card that is already there and is written again."""

SHOWN_LIMIT = BODY_LIMIT - 1000
"""Characters of the comment that shows a card; the rest is left for the mark that the bot puts into it."""

SIZE_LIMIT = 500_000_000
"""Bytes of the files a card is made from, of safetensors files in Git LFS only the headers."""

_WANTED = (CARD, *(reader.pattern for reader in READERS))
"""Names of the files a card is made from; what else a folder holds is not fetched."""

_SIGNS_OF_A_MODEL = ("config.json", "adapter_config.json", "*.safetensors")


class ModelCardSection(Section):
    """Write model cards when asked to."""

    folder: str | None = Field(
        default=None, description="The model's folder, when a pull request does not make it plain."
    )


class Reads(Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def pull_request_from(self, repository: str, branch: str) -> PullRequest | None:
        """Find the open pull request from a branch of the repository itself."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def fetch_folder(
        self,
        repository: str,
        path: str,
        commit: str,
        destination: Path,
        *,
        size_limit: int,
        names: Collection[str] | None = None,
    ) -> None:
        """Bring a folder at a commit to disk, or only its files of these names."""


feature = Feature[ModelCardSection, Reads]("model-card", ModelCardSection)


@feature.command(
    Command(
        name="model-card",
        usage="/model-card [path=FOLDER]",
        description="Writes the model card from the files in the model's folder; what people wrote stays.",
        who=WRITE,
        example="/model-card path=models/digits",
        parameters=(Parameter("path", "The model's folder in the repository.", option=True),),
        topic=Topic.MODELS,
    )
)
async def card_asked(call: Call, section: ModelCardSection, reads: Reads) -> Sequence[Action]:
    """Commit the card to the pull request's branch, open a pull request with it, or show it.

    The bot writes only to the repository it was asked in: a fork belongs to somebody else.
    """
    repository = call.thread.repository
    default = call.event.repository.default_branch
    branch = f"giveback/model-card-{call.thread.number}"
    pull = await _open_pull_request(call, reads)
    folder = call.invocation.options.get("path") or await _folder(call, section, reads)
    folder = PurePosixPath(folder).as_posix().strip("/")
    # The pull request of an earlier asking may hold people's edits by now, so the card goes on from there.
    pull = pull or await reads.pull_request_from(repository, branch)
    commit = pull.head.sha if pull else await reads.branch_head(repository, default)
    manifest = await _manifest(repository, default, reads)
    declared = manifest.declared() if manifest and manifest.source.strip("/") == folder else Declared()
    written = await _write_card(repository, folder, commit, declared, reads)
    path = f"{folder}/{CARD}" if folder not in ("", ".") else CARD
    files = (FileChange(path=path, content=written.card.text),)
    reason = f"{call.caller} asked for the card of {folder}"
    title = quiet(f"Add the model card of {folder}")

    def words(where: str) -> str:
        return render("comments/model_card.md.j2", where=where, folder=folder, written=written)

    if pull is None:
        return [
            OpenPullRequest(
                thread=call.thread,
                base=default,
                start=commit,
                branch=branch,
                files=files,
                title=title,
                body=render("comments/model_card_pull.md.j2", thread=call.thread, written=written),
                section=feature.name,
                told=words("is in #{number}"),
                reason=reason,
            )
        ]
    if pull.head.repo is None or pull.head.repo.full_name != repository:
        body = _shown(path, folder, written)
        return [Reply(thread=call.thread, key=call.key, body=body, reason=f"{reason}, from a fork")]
    here = pull.number == call.thread.number
    return [
        CommitFiles(
            thread=call.thread,
            branch=pull.head.ref,
            expected_head=pull.head.sha,
            files=files,
            message=title,
            section=feature.name,
            told=words(
                f"is in {code(path)} on this pull request's branch" if here else f"is in #{pull.number}"
            ),
            reason=reason,
        )
    ]


def folders_with_models(paths: Iterable[str]) -> list[str]:
    """List the folders that files which come with a model stand in."""
    found = {
        PurePosixPath(path).parent.as_posix()
        for path in paths
        if any(PurePosixPath(path).match(sign) for sign in _SIGNS_OF_A_MODEL)
    }
    return sorted(found)


async def _open_pull_request(call: Call, reads: Reads) -> PullRequest | None:
    """Give the pull request the command was written on, if it is one and still open."""
    if call.kind is not ThreadKind.PULL_REQUEST:
        return None
    pull = await reads.pull_request(call.thread.repository, call.thread.number)
    return pull if pull.state == "open" else None


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


@dataclass(frozen=True)
class _Written:
    """A card, what it still lacks, and the files that should have had facts but could not be read."""

    card: Card
    questions: tuple[Question, ...]
    unreadable: tuple[Unreadable, ...]


def _shown(path: str, folder: str, written: _Written) -> str:
    """Write the comment that shows the card; one too long for it ends early, and says what to do instead."""
    command = shlex.join(["giveback", "card", folder or ".", "--out", path])

    def comment(shown: Excerpt) -> str:
        return render(
            "comments/model_card_shown.md.j2", path=path, written=written, excerpt=shown, command=command
        )

    around = len(comment(Excerpt("", is_cut=True)))
    return comment(excerpt(written.card.text, SHOWN_LIMIT - around))


_AGAIN = "then comment `/model-card` again."


def _existing(path: Path, folder: str) -> str | None:
    """Read the card that people have written so far: all of it or nothing, for what is lost is lost."""
    if not path.is_file():
        return None
    if path.stat().st_size > CARD_LIMIT:
        raise UserError(f"The {CARD} in {code(folder)} is larger than 1 MB. Shorten it, {_AGAIN}")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"The {CARD} in {code(folder)} is not UTF-8 text. Save it as UTF-8, {_AGAIN}"
        ) from error


async def _write_card(
    repository: str, folder: str, commit: str, declared: Declared, reads: Reads
) -> _Written:
    with tempfile.TemporaryDirectory(prefix="giveback-card-") as place:
        local = Path(place)
        await reads.fetch_folder(repository, folder, commit, local, size_limit=SIZE_LIMIT, names=_WANTED)

        def work() -> _Written:
            reading = read_facts(local)
            if not reading.facts:
                raise UserError(
                    render("comments/model_card_nothing.md.j2", folder=folder, unreadable=reading.unreadable)
                )
            card = render_card(reading, declared, _existing(local / CARD, folder))
            return _Written(card, questions(reading, declared, card.text), reading.unreadable)

        try:
            return await asyncio.to_thread(work)
        except DocumentError as error:
            first = error.problems[0]
            raise UserError(
                f"The card in {code(folder)} has broken metadata at line {first.line}: "
                f"{code(first.message)}. Fix it, {_AGAIN}"
            ) from error
