"""Look for people who can review a pull request, with as few requests as its settings allow."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from bot.commands import Permission
from bot.errors import GoneError, UnusableFileError
from bot.events import Event, PullRequest, Thread
from bot.features.named import Named
from bot.features.reviewers.kept import away, day_of, turns
from bot.features.reviewers.section import ReviewersSection
from bot.reads import BlameRange, ChangedFile
from bot.triage.codeowners import CODEOWNERS_PATHS, read_codeowners
from bot.triage.reviewers import Change, WrittenLines, first_of, fitting, old_lines, writers_of

FILES_BLAMED = 3
"""Files whose lines are looked up, those with the most changed lines."""
LOOKED_AT = 6
"""People who are asked about, one request each, before the search for a reviewer ends."""


class SearchReads(Protocol):
    """What a search reads."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread or, with number 0, about a repository, by key."""

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        """List the files a pull request changes."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old; ``None`` when there is none."""

    async def blame(self, repository: str, commit: str, path: str) -> tuple[BlameRange, ...]:
        """Tell who wrote each line of a file at a commit."""

    async def open_threads_of(
        self,
        repository: str,
        login: str,
        part: Literal["author", "assignee", "review-requested"] = "assignee",
        kind: Literal["issue", "pr"] = "issue",
    ) -> tuple[int, ...]:
        """List the open threads somebody has a part in."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""


@dataclass(frozen=True)
class Owners:
    """Who can be asked of those who own each file: logins, and teams as ``@org/team``."""

    of: Mapping[str, tuple[str, ...]]
    asked_by_github: frozenset[str] = frozenset()
    """Logins, in lower case, that GitHub asks without the bot."""


@dataclass(frozen=True)
class Search:
    """What is known for picking reviewers of one pull request."""

    repository: str
    change: Change
    asked_by_github: frozenset[str]
    out: frozenset[str]
    """Who is not picked: the author, those who are away, and machines."""
    asked_at: Mapping[str, float]
    load: bool
    reads: SearchReads

    async def pick(self, count: int, there: Collection[str], without: Collection[str] = ()) -> Named | None:
        """Pick people and teams beside those who are ``there``; ``None`` when there is nobody.

        Nobody in ``without`` is picked, and only people whose approval counts: they have write permission.
        """
        out, covering, waiting = {*self.out, *there, *without}, list(there), dict[str, int]()
        people: list[str] = []
        teams: list[str] = []
        for _ in range(LOOKED_AT):
            if len(people) + len(teams) >= count:
                break
            able = fitting(self.change.scores(covering), out)[:LOOKED_AT]
            if self.load:
                waiting |= {one: await self._waiting_for(one) for one in able if one not in waiting}
            best = first_of(able, waiting, self.asked_at)
            if best is None:
                break
            out.add(best)
            if best.startswith("@"):
                teams.append(best.partition("/")[2])
            elif await self.reads.permission(self.repository, best) >= Permission.WRITE:
                people.append(best)
            else:
                continue
            covering.append(best)
        return Named(tuple(people), tuple(teams)) if people or teams else None

    async def _waiting_for(self, name: str) -> int:
        if name.startswith("@"):
            return 0
        return len(await self.reads.open_threads_of(self.repository, name, "review-requested", "pr"))


async def search_for(
    event: Event,
    pull: PullRequest,
    section: ReviewersSection,
    reads: SearchReads,
    feature: str,
    now: float,
    *,
    thorough: bool = False,
) -> Search:
    """Find out who knows what a pull request changes; ``thorough`` uses all there is, whatever is on."""
    repository, number = event.repository.full_name, pull.number
    files = await reads.changed_files(repository, number)
    owners = await _owners(repository, files, section, reads, thorough)
    known = {path: dict.fromkeys(names, 1.0) for path, names in owners.of.items()}
    if section.blame or thorough:
        for path, writers in (await _writers(repository, pull, files, reads)).items():
            for login, share in writers.items():
                known[path][login] = known[path].get(login, 0.0) + share
    memory = await reads.recall(event.place, feature)
    author = pull.user.login if pull.user else ""
    machines = {login for names in known.values() for login in names if login.endswith("[bot]")}
    return Search(
        repository=repository,
        change=Change({file.path: file.additions + file.deletions for file in files}, known),
        asked_by_github=owners.asked_by_github - {author.casefold()},
        out=frozenset({author, *machines, *away(memory, day_of(now))}),
        asked_at=turns(memory),
        load=section.load,
        reads=reads,
    )


def owners_to_ask(
    found: Mapping[str, Sequence[str]],
    section: ReviewersSection,
    organisation: str,
    *,
    thorough: bool = False,
) -> Owners:
    """Say whom of the owners of each file to ask.

    GitHub itself asks all that CODEOWNERS names, but nobody in particular of a team. Owners that are e-mail
    addresses cannot be asked.
    """
    left_to_github = not section.file and not section.code_owners
    members = {slug(team): people for team, people in section.teams.items()}
    of: dict[str, tuple[str, ...]] = {}
    asked: set[str] = set()
    for path, owners in found.items():
        names: dict[str, None] = {}
        for owner in (one for one in owners if one.startswith("@")):
            holder, _, team = owner[1:].partition("/")
            if team and holder.casefold() != organisation.casefold():
                continue
            if team and slug(team) in members:
                names |= dict.fromkeys(login.removeprefix("@") for login in members[slug(team)])
                continue
            if left_to_github and not team:
                asked.add(owner[1:].casefold())
            if thorough or not left_to_github:
                names[owner if team else owner[1:]] = None
        of[path] = tuple(names)
    return Owners(of, frozenset(asked))


def slug(team: str) -> str:
    """Give the name of a team without its organisation, to compare it by."""
    return team.removeprefix("@").rpartition("/")[2].casefold()


async def _owners(
    repository: str,
    files: Sequence[ChangedFile],
    section: ReviewersSection,
    reads: SearchReads,
    thorough: bool,
) -> Owners:
    """Read who owns the changed files."""
    paths = [file.path for file in files]
    for place in (section.file,) if section.file else CODEOWNERS_PATHS:
        try:
            text = await reads.kept_file(repository, place)
        except UnusableFileError:  # GitHub passes over such a file too
            break
        if text is not None:
            # Thousands of lines take a while to read.
            found = await asyncio.to_thread(_owners_in, text, paths)
            return owners_to_ask(found, section, repository.partition("/")[0], thorough=thorough)
    return Owners(dict.fromkeys(paths, ()))


def _owners_in(text: str, paths: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    return read_codeowners(text).owners_of(paths)


async def _writers(
    repository: str, pull: PullRequest, files: Sequence[ChangedFile], reads: SearchReads
) -> dict[str, dict[str, float]]:
    """Find out who wrote the lines that a pull request changes, in the files it changes most."""
    old = [file for file in files if file.status != "added" and file.additions + file.deletions]
    most = sorted(old, key=lambda file: (-(file.additions + file.deletions), file.path))[:FILES_BLAMED]
    found = {}
    for file in most:
        try:
            ranges = await reads.blame(repository, pull.base.sha, file.previous_path or file.path)
        except GoneError:
            continue
        lines = [WrittenLines(one.first_line, one.last_line, one.login, one.age) for one in ranges]
        touched = old_lines(file.patch) if file.patch else None
        found[file.path] = await asyncio.to_thread(writers_of, lines, touched)
    return found
