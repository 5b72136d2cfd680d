"""Assign people, take them off, and bring reviewers to a pull request when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from bot.actions import Action, Assign, RequestReviews
from bot.commands import ANYONE, AUTHOR, TRIAGE, Command, Parameter, Permission, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import Issue, Thread
from bot.feature import Call, Feature
from bot.features.named import ReviewReads, names_in, open_pull, refuse_strangers
from bot.rendering import plain, render
from bot.triage.claims import claim_in

MOST = 10
"""People that can be assigned to one thread (REST "Add assignees to an issue")."""


class AssigningSection(Section):
    """Let people assign each other and ask for reviews with commands."""


class Reads(ReviewReads, Protocol):
    """What this feature reads."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue, or the issue side of a pull request, as it is now."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""


feature = Feature[AssigningSection, Reads]("assigning", AssigningSection)

PEOPLE = Parameter("person", "A login, with or without the @; yourself if none is given.", repeated=True)


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
        description="Brings people and teams in; on a pull request it asks them for a review, on an issue "
        "your mention tells them.",
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
    named = names_in(call)
    if call.kind is not ThreadKind.PULL_REQUEST:
        return []
    pull = await open_pull(call, reads)
    author = pull.user.login.casefold() if pull.user else ""
    people = tuple(login for login in named.people if login.casefold() != author)
    if not people and not named.teams:
        raise UserError("Nobody can review their own pull request. Name somebody else.")
    await refuse_strangers(call, people, reads)
    reason = f"{call.caller} asked for it"
    return [RequestReviews(thread=call.thread, people=people, teams=named.teams, reason=reason)]


def _people(call: Call) -> tuple[str, ...]:
    """List the people a command names, or else whoever wrote it."""
    named = names_in(call)
    if named.teams:
        raise UserError("A team cannot be assigned, only people. `/cc` asks teams for a review.")
    return named.people or (call.caller,)
