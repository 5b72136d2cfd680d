"""A dataset in its place: look at it as it is now, show what is known, and write the record beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.actions import Action, CommitFiles, OpenPullRequest, Remember, SetSection
from bot.aside import aside
from bot.datasets.checklist.evidence import DESCRIPTIONS
from bot.datasets.checklist.record import Record
from bot.datasets.checklist.sign_off import Signer
from bot.datasets.kinds import known_kinds
from bot.events import Event, PullRequest
from bot.features.checks.verdict import reported
from bot.features.dataset_checklist.kept import KEY, Kept
from bot.features.dataset_checklist.looking import (
    Earlier,
    dataset_files,
    earlier_files,
    look,
    state_of,
)
from bot.features.dataset_checklist.part import PART, judged, noted
from bot.features.dataset_checklist.section import DatasetChecklistSection
from bot.features.dataset_checklist.showing import beside, files_beside, words
from bot.features.model_card.fetching import Fetches
from bot.features.model_card.target import Reads as TargetReads
from bot.features.model_card.target import choose_target
from bot.reads import PullCommit
from bot.rendering import code, quiet, render

NAME = "dataset-checklist"
"""The feature's name, and that of its section in the status comment."""


class Reads(Fetches, TargetReads, Protocol):
    """What a place is read with."""

    async def text_file(self, repository: str, path: str, ref: str) -> str | None:
        """Read a file at a branch, tag or commit; ``None`` when there is none."""

    async def file_blobs(self, repository: str, commit: str) -> dict[str, str]:
        """Give the blob of every file at a commit by its path."""

    async def commits_of(self, repository: str, number: int) -> tuple[PullCommit, ...]:
        """List the commits of a pull request, the oldest first."""


@dataclass(frozen=True)
class Place:
    """Where a dataset is: the thread, its pull request if it is one, and what reads there."""

    event: Event
    pull: PullRequest | None
    section: DatasetChecklistSection
    reads: Reads

    @property
    def repository(self) -> str:
        """Give the repository's full name."""
        return self.event.repository.full_name

    @property
    def _is_pull_request(self) -> bool:
        issue = self.event.payload.issue
        return self.pull is not None or (issue is not None and issue.pull_request is not None)

    async def look(self, kept: Kept) -> Kept:
        """Look at the dataset as it is now, unless nothing changed since the last look. Raises UserError."""
        default = self.event.repository.default_branch
        commit = self.pull.head.sha if self.pull else await self.reads.branch_head(self.repository, default)
        authors = await self._authors(kept)
        blobs = await self.reads.file_blobs(self.repository, commit)
        files = dataset_files(blobs, kept.folder, self.section)
        state = state_of(files, kept, self.section)
        if kept.record and state and state == kept.seen:
            return kept.unchanged_at(commit, authors)
        earlier = await self._earlier(files)
        evidence = await look(self.repository, commit, files, kept, self.section, self.reads, earlier)
        notes = noted(kept.folder, evidence.scan, (*known_kinds(), *self.section.kinds))
        return kept.looked_at(evidence, commit, authors, notes).model_copy(update={"seen": state})

    async def _earlier(self, files: dict[str, str]) -> Earlier | None:
        """Say what of the branch that a pull request is for its data are held against."""
        if self.pull is None or not files:
            return None
        before = await self.reads.file_blobs(self.repository, self.pull.base.sha)
        return Earlier(self.pull.base.sha, earlier_files(before, files, self.section))

    async def _authors(self, kept: Kept) -> tuple[Signer, ...]:
        """Give who brought the data: who opened the pull request or wrote its commits, else who asked first.

        Which commit brought the data and which only code is not looked at; merges bring nothing of their own.
        """
        who = self.pull.user if self.pull else self.event.payload.sender
        if not self.pull and kept.record:
            return kept.record.authors
        first = (Signer(login=who.login, account=who.id),) if who else ()
        if self.pull is None:
            return first
        commits = await self.reads.commits_of(self.repository, self.pull.number)
        wrote = {one.author for one in commits if one.parents < 2 and not one.author.endswith("[bot]")}
        also = (Signer(login=login) for login in sorted(wrote - {""}))
        return (*first, *(one for one in also if not any(one.is_same_as(other) for other in first)))

    async def tell(self, kept: Kept, *, reason: str, write: bool = False) -> list[Action]:
        """Remember and show the checklist; with ``write`` put the record beside the data as well."""
        record = kept.record
        if record is None:
            return []
        thread, template = self.event.thread, await self._template()
        told: list[Action] = [
            Remember(thread=thread, key=KEY, value=kept.model_dump(mode="json"), reason=reason)
        ]
        if self._is_pull_request and kept.commit and self.section.level != "off":
            verdict = judged(kept.folder, record, kept.notes)
            told.append(reported(self.repository, kept.commit, PART, self.section.level, verdict))
        written = await self._written(kept, record, template, reason) if write else None
        body = await aside(words, kept, record, template)
        shown = SetSection(thread=thread, section=NAME, body=body, reason=reason)
        return [*told, written or shown]

    async def _written(
        self, kept: Kept, record: Record, template: str | None, reason: str
    ) -> CommitFiles | OpenPullRequest | None:
        """Write the record beside the data, unless they are in a fork, which belongs to somebody else."""
        thread = self.event.thread
        branch = f"giveback/dataset-checklist-{thread.number}"
        default = self.event.repository.default_branch
        into = await choose_target(self.repository, default, branch, self.pull, self.reads)
        if into.is_foreign:
            return None
        files = await aside(files_beside, kept, record, template, await self._described(kept))
        title = quiet(f"Record the dataset checklist of {kept.folder or self.repository}")
        if into.pull is None:
            return OpenPullRequest(
                thread=thread,
                base=into.base,
                start=into.commit,
                branch=into.branch,
                files=files,
                title=title,
                body=render("comments/dataset_checklist_pull.md.j2", thread=thread, folder=kept.folder),
                section=NAME,
                told=await aside(words, kept, record, template, "in #{number}"),
                reason=reason,
            )
        return CommitFiles(
            thread=thread,
            branch=into.pull.head.ref,
            expected_head=into.pull.head.sha,
            files=files,
            message=title,
            section=NAME,
            told=await aside(words, kept, record, template, f"in {code(files[0].path)}"),
            reason=reason,
        )

    async def _described(self, kept: Kept) -> dict[str, str]:
        """Read the card and the Croissant description that stand beside the data, where there are any."""
        found = {}
        for name in sorted(DESCRIPTIONS):
            text = await self.reads.text_file(self.repository, beside(kept, name), kept.commit)
            if text is not None:
                found[name] = text
        return found

    async def _template(self) -> str | None:
        if self.section.template is None:
            return None
        default = self.event.repository.default_branch
        return await self.reads.text_file(self.repository, self.section.template, default)
