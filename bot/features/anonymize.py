"""Propose how to take out of a table what tells who people are, and say what that would leave."""

from __future__ import annotations

import asyncio
import glob
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from bot.actions import Action, FileChange, OpenPullRequest
from bot.commands import WRITE, Command, Parameter, ThreadKind, Topic
from bot.config import Section
from bot.datasets.anonymize.policy import KEY_VARIABLE, write_policy
from bot.errors import UserError
from bot.events import PullRequest
from bot.feature import Call, Feature
from bot.features.checks.section import Patterns
from bot.features.dataset_checklist.looking import SIZE_LIMIT
from bot.features.model_card.fetching import Fetches
from bot.reads import ChangedFile
from bot.rendering import code, listed, quiet, render
from bot.scratch import Scratch
from bot.triage.ignore_patterns import ignore_patterns

# DuckDB and polars take a while to load; only who asks for a policy waits for them.
if TYPE_CHECKING:
    from bot.datasets.anonymize.run import Result

TABLES = ("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*.parquet", "*.csv.gz", "*.tsv.gz", "*.jsonl.gz")
"""Files this can be done to."""


class AnonymizeSection(Section):
    """Propose policies for tables when asked to."""

    paths: Patterns = Field(default=TABLES, description="Paths of tables, written as in `.gitignore`.")


class Reads(Fetches, Protocol):
    """What this feature reads."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def branch_head(self, repository: str, branch: str) -> str:
        """Give the commit a branch points at."""


feature = Feature[AnonymizeSection, Reads]("anonymize", AnonymizeSection)


@dataclass(frozen=True)
class Proposal:
    """A policy as text, and what it would leave, tried out under a key that nobody has."""

    text: str
    result: Result


@feature.command(
    Command(
        name="anonymize",
        usage="/anonymize [path=FILE]",
        description="Opens a pull request with a policy for a table and what it would leave, without data.",
        who=WRITE,
        example="/anonymize path=data/people.csv",
        parameters=(Parameter("path", "The table in the repository.", option=True),),
        topic=Topic.MODELS,
    )
)
async def policy_asked(call: Call, section: AnonymizeSection, reads: Reads) -> Sequence[Action]:
    """Open a pull request against the default branch, so that no commit with the data comes along."""
    repository, default = call.thread.repository, call.event.repository.default_branch
    base = await reads.branch_head(repository, default)
    commit = base
    if call.kind is ThreadKind.PULL_REQUEST:
        commit = (await reads.pull_request(repository, call.thread.number)).head.sha
    path = call.invocation.options.get("path") or await _path(call, section, reads)
    made = await _propose(repository, commit, PurePosixPath(path), reads)
    return [
        OpenPullRequest(
            thread=call.thread,
            base=default,
            start=base,
            branch=f"giveback/anonymize-{call.thread.number}",
            files=(
                FileChange(path=f"{path}.policy.yml", content=made.text),
                FileChange(path=f"{path}.policy.md", content=_report(path, made)),
            ),
            title=quiet(f"Propose a policy for {path}"),
            body=render("comments/anonymize_pull.md.j2", thread=call.thread, path=path, result=made.result),
            section=feature.name,
            told=render("comments/anonymize.md.j2", path=path, where="#{number}"),
            reason=f"{call.caller} asked for a policy for {path}",
        )
    ]


async def _path(call: Call, section: AnonymizeSection, reads: Reads) -> str:
    """Find the one table that the pull request changes."""
    found: list[str] = []
    if call.kind is ThreadKind.PULL_REQUEST:
        wanted = ignore_patterns(section.paths)
        files = await reads.changed_files(call.thread.repository, call.thread.number)
        found = [file.path for file in files if file.status != "removed" and wanted.match(file.path)]
    if len(found) > 1:
        raise UserError(
            f"More than one table is here: {listed(map(code, found[:10]), 'or')}. Say which with `path=`."
        )
    if not found:
        raise UserError("I see no table here. Say where it is: `/anonymize path=FILE`.")
    return found[0]


async def _propose(repository: str, commit: str, path: PurePosixPath, reads: Reads) -> Proposal:
    folder = "" if path.parent == PurePosixPath() else path.parent.as_posix()
    with Scratch("anonymize") as place:
        local = Path(place)
        named = (glob.escape(path.name),)
        await reads.fetch_folder(repository, folder, commit, local, size_limit=SIZE_LIMIT, names=named)
        source = local / path.name
        if not source.is_file():
            raise UserError(f"There is no file {code(path)}. Check how it is spelled.")
        return await asyncio.to_thread(_tried_out, source, path)


def _tried_out(source: Path, path: PurePosixPath) -> Proposal:
    """Propose a policy for the table of a path, and try it out. Raises UserError when that is impossible."""
    from bot.datasets.anonymize.propose import propose_for
    from bot.datasets.anonymize.rows import RowsError, suffix
    from bot.datasets.anonymize.run import PolicyError, anonymize
    from bot.datasets.risk.tables import TableError

    try:
        policy, why = propose_for(source)
        target = source.with_name(f"tried-out{suffix(source)}")
        result = anonymize(source, target, policy, secrets.token_bytes(32))
    except (PolicyError, RowsError, TableError) as error:
        raise UserError(f"{code(path)} cannot be worked on: {code(error)}.") from error
    return Proposal(write_policy(policy, why), result)


def _report(path: str, made: Proposal) -> str:
    name = PurePosixPath(path).name
    command = f"giveback anonymize {name} OUT --policy {name}.policy.yml"
    return render(
        "comments/anonymize_report.md.j2",
        path=path,
        result=made.result,
        command=command,
        variable=KEY_VARIABLE,
    )
