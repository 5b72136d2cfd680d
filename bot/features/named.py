"""Read whom a command names, and tell whether they can be asked for a review."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.errors import UserError
from bot.events import PullRequest
from bot.feature import Call
from bot.rendering import code, listed, plain

MOST = 10
"""Names that one command may have."""

_NAME = re.compile(r"@?(?:(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/)?(?P<name>[A-Za-z0-9][\w.-]{0,99})")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")


@dataclass(frozen=True)
class Named:
    """Whom a command names: people by login, teams by slug."""

    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class ReviewReads(Protocol):
    """What telling that takes."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        """Tell whether somebody works on a repository; with a number, whether they can be assigned there."""


def names_in(call: Call) -> Named:
    """Read the names behind a command; raises as :func:`read_names`."""
    return read_names(call.invocation.arguments, call.thread.repository.partition("/")[0])


def read_names(words: Iterable[str], owner: str) -> Named:
    """Read the people and teams of an organisation that words name, each once.

    Raises:
        UserError: a word is no name, or the team of another organisation.
    """
    people: dict[str, str] = {}
    teams: dict[str, str] = {}
    for word in words:
        written = word.rstrip(",")
        match = _NAME.fullmatch(written)
        if match is None or (match["owner"] is None and not _LOGIN.fullmatch(match["name"])):
            raise UserError(f"{code(word, 60)} is no name on GitHub. Write {code('@name')}.")
        if match["owner"] is None:
            people.setdefault(match["name"].casefold(), match["name"])
        elif match["owner"].casefold() == owner.casefold():
            teams.setdefault(match["name"].casefold(), match["name"])
        else:
            raise UserError(f"{code(word, 60)} is no team of {plain(owner)}.")
    if len(people) + len(teams) > MOST:
        raise UserError(f"That is more than {MOST} names at once.")
    return Named(tuple(people.values()), tuple(teams.values()))


async def open_pull(call: Call, reads: ReviewReads) -> PullRequest:
    """Read the pull request that a command asks reviews of.

    Raises:
        UserError: it is closed.
    """
    pull = await reads.pull_request(call.thread.repository, call.thread.number)
    if pull.state == "closed":
        raise UserError("This pull request is closed, so there is nothing left to review.")
    return pull


async def refuse_strangers(call: Call, people: Sequence[str], reads: ReviewReads) -> None:
    """Ask nobody when GitHub would not ask all of them.

    Raises:
        UserError: somebody does not work on the repository.
    """
    repository = call.thread.repository
    strangers = [login for login in people if not await reads.assignees_allowed(repository, login)]
    if strangers:
        raise UserError(
            f"GitHub asks only people who work on this repository for reviews, and "
            f"{listed(map(plain, strangers))} {'does' if len(strangers) == 1 else 'do'} not, so nobody was "
            "asked. Your comment has told them."
        )
