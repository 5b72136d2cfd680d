"""Assign people, take them off, and bring reviewers to a pull request when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.actions import Action, Assign, RequestReviews
from bot.commands import ANYONE, AUTHOR, TRIAGE, Command, Parameter, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Issue, PullRequest, Thread
from bot.feature import Call, Feature
from bot.rendering import code, listed, plain, render
from bot.triage.claims import claim_in

MOST = 10
"""People that can be assigned to one thread (REST "Add assignees to an issue")."""

_NAME = re.compile(r"@?(?:(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,38})/)?(?P<name>[A-Za-z0-9][\w.-]{0,99})")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")


class AssigningSection(Section):
    """Let people assign each other and ask for reviews with commands."""


class Reads(Protocol):
    """What this feature reads."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue, or the issue side of a pull request, as it is now."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""

    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        """Tell whether somebody can be assigned, to a thread where one is named."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""


feature = Feature[AssigningSection, Reads]("assigning", AssigningSection)

PEOPLE = Parameter("person", "A login, with or without the @; yourself if none is given.", repeated=True)


@dataclass(frozen=True)
class Named:
    """Whom a command names: people by login, teams by slug."""

    people: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


@feature.command(
    Command(
        name="assign",
        usage="/assign [@PERSON...]",
        description="Assigns people, or yourself.",
        who=TRIAGE,
        example="/assign @octocat",
        parameters=(PEOPLE,),
        topic=Topic.WORK,
    )
)
async def assign_asked(call: Call, section: AssigningSection, reads: Reads) -> Sequence[Action]:
    """Assign the people named, all of them or nobody."""
    thread = call.thread
    people = _people(call)
    issue = await reads.issue(thread.repository, thread.number)
    there = {person.login.casefold() for person in issue.assignees}
    new = tuple(login for login in people if login.casefold() not in there)
    if len(there) + len(new) > MOST:
        raise UserError(f"GitHub assigns at most {MOST} people to one thread, so nobody was assigned.")
    refused = [
        login for login in new if not await reads.assignees_allowed(thread.repository, login, thread.number)
    ]
    if refused:
        raise UserError(
            render("comments/not_assignable.md.j2", people=refused, others=len(new) > len(refused))
        )
    if not new:
        return []
    return [
        Assign(
            thread=thread,
            add=new,
            section=feature.name,
            told_otherwise=render("comments/not_assigned.md.j2"),
            reason=f"{call.caller} asked for it",
        )
    ]


@feature.command(
    Command(
        name="unassign",
        usage="/unassign [@PERSON...]",
        description="Takes yourself off; with triage permission, other people.",
        who=ANYONE,
        example="/unassign @octocat",
        parameters=(PEOPLE,),
        topic=Topic.WORK,
    )
)
async def unassign_asked(call: Call, section: AssigningSection, reads: Reads) -> Sequence[Action]:
    """Take people off, unless they hold a claim: that is ended by its own command."""
    thread = call.thread
    people = _people(call)
    others = [login for login in people if login.casefold() != call.caller.casefold()]
    if others and await reads.permission(thread.repository, call.caller) < Permission.TRIAGE:
        raise UserError("It takes triage permission to take others off. For yourself, comment `/unassign`.")
    claim = claim_in((await reads.recall(thread, "claim")).get("claim"))
    if claim is not None and claim.login.casefold() in {login.casefold() for login in people}:
        raise UserError(
            f"This is claimed by {plain(claim.login)}, so nobody was taken off. `/unclaim` ends the claim "
            "and takes them off."
        )
    return [Assign(thread=thread, remove=people, reason=f"{call.caller} asked for it")]


@feature.command(
    Command(
        name="cc",
        usage="/cc @PERSON... [@ORG/TEAM...]",
        description="Asks people and teams to review this pull request. On an issue your mention tells them.",
        who=AUTHOR | TRIAGE,
        example="/cc @octocat @octo/maintainers",
        parameters=(
            Parameter("person", "A login, or a team with its organisation.", required=True, repeated=True),
        ),
        topic=Topic.MERGING,
    )
)
async def cc_asked(call: Call, section: AssigningSection, reads: Reads) -> Sequence[Action]:
    """Ask for reviews; the mention in the comment has told everybody else already."""
    thread = call.thread
    owner = thread.repository.partition("/")[0]
    named = read_names(call.invocation.arguments, owner)
    if call.kind is not ThreadKind.PULL_REQUEST:
        return []
    pull = await reads.pull_request(thread.repository, thread.number)
    if pull.state == "closed":
        raise UserError("This pull request is closed, so there is nothing left to review.")
    author = pull.user.login.casefold() if pull.user else ""
    people = tuple(login for login in named.people if login.casefold() != author)
    if not people and not named.teams:
        raise UserError("Nobody can review their own pull request. Name somebody else.")
    strangers = [login for login in people if not await reads.assignees_allowed(thread.repository, login)]
    if strangers:
        who = listed(plain(login) for login in strangers)
        raise UserError(
            f"GitHub asks only people who work on this repository for reviews, and {who} "
            f"{'does' if len(strangers) == 1 else 'do'} not, so nobody was asked. Your comment has told them."
        )
    reason = f"{call.caller} asked for it"
    return [RequestReviews(thread=thread, people=people, teams=named.teams, reason=reason)]


def _people(call: Call) -> tuple[str, ...]:
    """List the people a command names, or else whoever wrote it."""
    named = read_names(call.invocation.arguments, call.thread.repository.partition("/")[0])
    if named.teams:
        raise UserError("A team cannot be assigned, only people. `/cc` asks teams for a review.")
    return named.people or (call.caller,)


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
