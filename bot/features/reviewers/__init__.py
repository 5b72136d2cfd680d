"""Ask people to review pull requests: who owns the files or wrote the lines, is there, and has their turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from bot.actions import Action, Reply, RequestReviews
from bot.commands import TRIAGE, Command, Parameter, ThreadKind, Topic
from bot.errors import UserError
from bot.events import Event, PullRequest
from bot.feature import Call, Feature
from bot.features.named import ReviewReads, names_in, open_pull, refuse_strangers
from bot.features.reviewers.kept import Asked, absence_of, away, day_of, turn_of
from bot.features.reviewers.search import SearchReads, search_for
from bot.features.reviewers.section import ReviewersSection
from bot.reads import PullReview
from bot.rendering import code, listed, plain, render

FRESH = 10.0
"""Seconds after which a pull request is read again before anybody is asked to look at it."""
LONGEST_ABSENCE = timedelta(days=366)


class Reads(SearchReads, ReviewReads, Protocol):
    """What this feature reads."""

    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        """List the reviews of a pull request, oldest first."""


feature = Feature[ReviewersSection, Reads]("reviewers", ReviewersSection)


@feature.on("pull_request", "opened", "ready_for_review")
async def pull_request_ready(event: Event, section: ReviewersSection, reads: Reads) -> Sequence[Action]:
    """Ask for reviews once a pull request is ready, unless enough people are asked already."""
    pull, now = event.payload.pull_request, time.time()
    if not section.asks or pull is None or not is_ready(pull):
        return []
    asked = Asked.read(await reads.recall(event.thread, feature.name))
    if asked.ever:
        return []
    held_up = pull.updated_at is not None and now - pull.updated_at.timestamp() > FRESH
    if held_up:
        pull = await reads.pull_request(event.thread.repository, event.thread.number)
        if not is_ready(pull):
            return []
    search = await search_for(event, pull, section, reads, feature.name, now)
    there = {*_requested(pull), *search.asked_by_github}
    if held_up or event.action == "ready_for_review":
        there |= await _reviewed(event, reads)
    picked = await search.pick(section.count - len(there), there)
    if picked is None:
        return []
    reason = f"{listed(picked.people + picked.teams)} know what it changes, and it is their turn"
    ask = RequestReviews(thread=event.thread, people=picked.people, teams=picked.teams, reason=reason)
    return _asking(ask, event, asked, now)


@feature.command(
    Command(
        name="review",
        usage="/review [@PERSON...] [@ORG/TEAM...]",
        description="Asks people and teams for a review, or picks somebody who knows the files.",
        who=TRIAGE,
        example="/review @octocat",
        parameters=(Parameter("person", "A login, or a team with its organisation.", repeated=True),),
        topic=Topic.MERGING,
        threads=ThreadKind.PULL_REQUEST,
    )
)
async def review_asked(call: Call, section: ReviewersSection, reads: Reads) -> Sequence[Action]:
    """Ask those who are named, or pick somebody."""
    now = time.time()
    pull = await open_pull(call, reads)
    asked = Asked.read(await reads.recall(call.thread, feature.name))
    named = names_in(call)
    if not named.people and not named.teams:
        return await _pick_another(call, pull, section, reads, asked, now)
    author = pull.user.login.casefold() if pull.user else ""
    if author in {login.casefold() for login in named.people}:
        raise UserError("Nobody can review their own pull request. Name somebody else: `/review @login`.")
    await refuse_strangers(call, named.people, reads)
    ask = RequestReviews(
        thread=call.thread,
        people=named.people,
        teams=named.teams,
        reason=f"{call.caller} asked for it",
    )
    actions = _asking(ask, call.event, asked, now)
    absent = away(await reads.recall(call.event.place, feature.name), day_of(now))
    gone = {
        login: datetime.combine(absent[login.casefold()], datetime.min.time(), UTC).timestamp()
        for login in named.people
        if login.casefold() in absent
    }
    if gone:
        words = render("comments/reviewers_away.md.j2", away=gone)
        actions.append(Reply(thread=call.thread, key=call.key, body=words, reason="who was asked is away"))
    return actions


@feature.command(
    Command(
        name="reassign",
        usage="/reassign [@PERSON]",
        description="Has somebody else review instead of you, or of the person named.",
        who=TRIAGE,
        example="/reassign",
        parameters=(Parameter("person", "Whose review is not asked for any more."),),
        topic=Topic.MERGING,
        threads=ThreadKind.PULL_REQUEST,
    )
)
async def reassign_asked(call: Call, section: ReviewersSection, reads: Reads) -> Sequence[Action]:
    """Pick another reviewer and let go of one, who is not picked for this pull request again."""
    now = time.time()
    pull = await open_pull(call, reads)
    leaving = _leaving(call, pull)
    asked = Asked.read(await reads.recall(call.thread, feature.name))
    return await _pick_another(call, pull, section, reads, asked, now, leaving)


@feature.command(
    Command(
        name="away",
        usage="/away until=YYYY-MM-DD",
        description="Has you not picked for reviews in this repository up to and including that day.",
        who=TRIAGE,
        example="/away until=2030-08-31",
        parameters=(Parameter("until", "Your last day away, in UTC.", option=True, required=True),),
        topic=Topic.MERGING,
    )
)
async def away_asked(call: Call, section: ReviewersSection, reads: Reads) -> Sequence[Action]:
    """Remember that the caller is not there."""
    written, today = call.invocation.options["until"], day_of(time.time())
    try:
        until = date.fromisoformat(written)
    except ValueError:
        raise UserError(f"{code(written, 40)} is no day. Write it like `until={today}`.") from None
    if until < today:
        raise UserError(f"That day is over: in UTC it is {today} now.")
    if until - today > LONGEST_ABSENCE:
        raise UserError("Name a day within the next twelve months. Later you can name another one.")
    return [absence_of(call.event.place, call.caller, until)]


@feature.command(
    Command(
        name="back",
        usage="/back",
        description="Ends what `/away` began.",
        who=TRIAGE,
        example="/back",
        topic=Topic.MERGING,
    )
)
async def back_asked(call: Call, section: ReviewersSection, reads: Reads) -> Sequence[Action]:
    """Forget that the caller was away."""
    return [absence_of(call.event.place, call.caller, None)]


def is_ready(pull: PullRequest) -> bool:
    """Tell whether a pull request is a person's, and can be reviewed now."""
    return pull.state == "open" and not pull.draft and pull.user is not None and not pull.user.is_bot


async def _pick_another(
    call: Call,
    pull: PullRequest,
    section: ReviewersSection,
    reads: Reads,
    asked: Asked,
    now: float,
    leaving: str = "",
) -> Sequence[Action]:
    """Pick somebody who was not asked before on this pull request, perhaps in place of somebody."""
    search = await search_for(call.event, pull, section, reads, feature.name, now, thorough=True)
    there = {*_requested(pull), *await _reviewed(call.event, reads)} - {leaving}
    picked = await search.pick(1, there, without=(leaving, *asked.people, *asked.released))
    if picked is None:
        raise UserError(render("comments/reviewers_nobody.md.j2", still=leaving))
    ask = RequestReviews(
        thread=call.thread,
        people=picked.people,
        teams=picked.teams,
        withdrawn=(leaving,) if leaving else (),
        reason=f"{call.caller} asked for {'somebody else' if leaving else 'a review'}",
    )
    return _asking(ask, call.event, asked, now)


async def _reviewed(event: Event, reads: Reads) -> set[str]:
    """List those who have reviewed a pull request: they are not asked for a review any more."""
    reviews = await reads.reviews(event.thread.repository, event.thread.number)
    return {review.author for review in reviews if review.author}


def _leaving(call: Call, pull: PullRequest) -> str:
    """Say whose review is not wanted any more: the person named, else the caller, else the only one asked."""
    named = names_in(call)
    if named.teams:
        raise UserError("A team cannot be replaced. Take it off in the list of reviewers.")
    asked = _requested(pull)
    if not asked:
        raise UserError("Nobody in particular is asked to review this. `/review` picks somebody.")
    there = {login.casefold(): login for login in asked}
    who = f"{listed(map(plain, asked))} {'is' if len(asked) == 1 else 'are'} asked to review this"
    if named.people:
        if named.people[0].casefold() not in there:
            raise UserError(f"{who}, and {plain(named.people[0])} is not.")
        return there[named.people[0].casefold()]
    if call.caller.casefold() not in there and len(asked) > 1:
        raise UserError(f"{who}. Say whom somebody else shall stand in for: `/reassign @login`.")
    return there.get(call.caller.casefold(), asked[0])


def _asking(ask: RequestReviews, event: Event, asked: Asked, now: float) -> list[Action]:
    """Ask, and remember that it was their turn."""
    leaving = ask.withdrawn[0] if ask.withdrawn else ""
    owner = event.repository.full_name.partition("/")[0]
    names = (*ask.people, *(f"@{owner}/{team}" for team in ask.teams))
    return [
        ask,
        *asked.and_now(ask.people, without=leaving).remembered(ask.thread, ask.reason),
        *(turn_of(event.place, name, now) for name in names),
    ]


def _requested(pull: PullRequest) -> list[str]:
    return [person.login for person in pull.requested_reviewers]
