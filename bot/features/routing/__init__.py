"""Bring issues where they belong: to discussions, other repositories, their owners, or out of public view."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Any, Protocol

from bot.actions import Action, OpenDiscussion, Remember, SetSection, SetTimer, ShowAgain, TransferIssue
from bot.commands import TRIAGE, WRITE, Command, Parameter, Permission, ThreadKind, Topic
from bot.errors import GoneError, UserError
from bot.events import Event, Issue, Repository, Thread
from bot.feature import Call, Feature
from bot.features.routing.exposure import KEPT_HIDDEN, exposure_of, hiding, report_address
from bot.features.routing.owners import components_of
from bot.features.routing.quoting import quoted
from bot.features.routing.section import RoutingSection
from bot.reads import DiscussionCategory, DiscussionForum, PostedComment
from bot.rendering import code, listed, render
from bot.triage.disclosure import Level, Reading, is_hidden
from bot.triage.history import PastIssue, past_issue
from bot.triage.learning.prediction import Prediction

OWNERS = "owners"
"""The timer that looks who is to be told, and the key under which those who were told are kept."""

AFTER_LABELS = 60.0
"""Seconds after an issue was opened until its owners are told: once, whoever labels it meanwhile."""

SURE = 0.8
"""Probability from which on an issue counts as a question."""

POLLS = "polls"
"""The category in which nothing can be opened through the API (GitHub Docs, "About polls")."""

_REPOSITORY = re.compile(r"(?:(?P<owner>[A-Za-z0-9-]{1,39})/)?(?P<name>[A-Za-z0-9_.-]{1,100})", re.ASCII)


class Reads(Protocol):
    """What this feature reads."""

    async def issue(self, repository: str, number: int) -> Issue:
        """Read an issue as it is now."""

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        """List a thread's comments, oldest first."""

    async def recall(self, thread: Thread, feature: str) -> dict[str, dict[str, Any]]:
        """Return what a feature keeps about a thread, by key."""

    async def predicted_labels(self, thread: Thread, issue: PastIssue) -> Prediction:
        """Say what the repository's own history lets expect of an issue's labels and type."""

    async def repository(self, name: str) -> Repository:
        """Read a repository as it is now."""

    async def permission(self, repository: str, login: str) -> Permission:
        """Ask what a person may do in a repository, now."""

    async def discussion_categories(self, repository: str) -> DiscussionForum:
        """Read where discussions can be opened."""


feature = Feature[RoutingSection, Reads]("routing", RoutingSection)

OWNERS_SECTION = f"{feature.name}-owners"
"""Its words stay when others of the feature's come and go."""


# Security reports.


@feature.on("issues", "opened")
async def issue_opened(event: Event, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Take a security report out of view; else see who is to be told, and where questions are answered."""
    issue = event.payload.issue
    if issue is None:
        return []
    exposed = await _exposed(event, issue, section)
    if exposed:
        return exposed
    actions: list[Action] = []
    if section.owners:
        due = time.time() + AFTER_LABELS
        actions.append(SetTimer(thread=event.thread, name=OWNERS, due=due, reason="its labels come first"))
    if section.question and await _is_question(event, issue, reads):
        body = render("comments/routing_question.md.j2", address=section.question)
        reason = "it reads like a question"
        actions.append(SetSection(thread=event.thread, section=feature.name, body=body, reason=reason))
    return actions


@feature.on("issues", "edited")
async def issue_edited(event: Event, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Take out of view what became a report; what a person brought back into view stays there."""
    issue, changes = event.payload.issue, event.payload.changes
    if issue is None or changes is None or (changes.title is None and changes.body is None):
        return []
    if changes.body is not None and is_hidden(changes.body.source) and not is_hidden(issue.body):
        return [ShowAgain(thread=event.thread, reason="somebody brought its text back")]
    if section.security != "hide" or (await _reading(event, issue)).level is not Level.CLEAR:
        return []
    if KEPT_HIDDEN in await reads.recall(event.thread, feature.name):
        return []
    return await _exposed(event, issue, section)


@feature.command(
    Command(
        name="security",
        usage="/security",
        description="Takes this issue's text out of public view, locks it, and points to private reporting.",
        who=TRIAGE,
        example="/security",
        topic=Topic.PLACE,
        threads=ThreadKind.ISSUE,
    )
)
async def security_said(call: Call, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Take an issue out of view because somebody who looks after the repository says so."""
    issue = call.issue
    if call.event.repository.private:
        raise UserError("This repository is private, so there is no public view to take this out of.")
    if is_hidden(issue.body):
        raise UserError("This issue's text is out of public view already.")
    comments = await reads.comments(call.thread.repository, call.thread.number)
    reason = f"{call.caller} said it is a security report"
    return hiding(
        call.event, issue, section, name=feature.name, by=call.caller, comments=comments, reason=reason
    )


async def _exposed(event: Event, issue: Issue, section: RoutingSection) -> list[Action]:
    """Hide a report, or point to where it belongs; nothing when it is none."""
    if section.security == "off":
        return []
    reading = await _reading(event, issue)
    if reading.level is Level.NOTHING:
        return []
    reason = f"it reads like a security report: {', '.join(reading.because)}"
    if reading.level is Level.CLEAR and section.security == "hide":
        # The words that tell are those to be hidden, so they are not written down either.
        reason = "it lays a vulnerability open that is not public yet"
        return hiding(event, issue, section, name=feature.name, by="", reason=reason)
    report = report_address(event.repository, section)
    body = render("comments/routing_security.md.j2", report=report)
    return [SetSection(thread=event.thread, section=feature.name, body=body, reason=reason)]


async def _reading(event: Event, issue: Issue) -> Reading:
    return await asyncio.to_thread(exposure_of, issue, event.repository)


# Components and questions.


@feature.on("issues", "labeled")
async def issue_labelled(event: Event, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Tell the owners of a component that a person named."""
    issue, label = event.payload.issue, event.payload.label
    if issue is None or label is None or not section.owners:
        return []
    if label.name.casefold() not in {name.casefold() for name in section.owners}:
        return []
    knows = event.payload.sender.login if event.payload.sender else ""
    return await _told_owners(event.thread, issue, section, reads, knows)


@feature.on_timer(OWNERS)
async def labels_have_come(event: Event, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Tell the owners of the components a new issue was labelled with, by people or by the bot."""
    try:
        issue = await reads.issue(event.thread.repository, event.thread.number)
    except GoneError:
        return []
    if issue.number != event.thread.number:
        return []
    return await _told_owners(event.thread, issue, section, reads)


async def _told_owners(
    thread: Thread, issue: Issue, section: RoutingSection, reads: Reads, knows: str = ""
) -> Sequence[Action]:
    if issue.state != "open" or issue.pull_request is not None or is_hidden(issue.body):
        return []
    kept = (await reads.recall(thread, feature.name)).get(OWNERS, {})
    before = [str(name) for name in kept.get("told", ())]
    author = issue.user.login if issue.user else ""
    there = [author, knows, *(person.login for person in issue.assignees)]
    labels = [label.name for label in issue.labels]
    components = components_of(labels, section.owners, [*before, *filter(None, there)])
    called = [one for component in components for one in component.called]
    if not called:
        return []
    reason = f"{listed(component.label for component in components if component.called)} is theirs"
    body = render("comments/routing_owners.md.j2", components=components)
    known = [one for component in components for one in component.known]
    told = {"told": list(dict.fromkeys((*before, *called, *known)))}
    return [
        Remember(thread=thread, key=OWNERS, value=told, reason=reason),
        SetSection(thread=thread, section=OWNERS_SECTION, body=body, reason=reason),
    ]


async def _is_question(event: Event, issue: Issue, reads: Reads) -> bool:
    if issue.user is None or issue.user.is_bot or issue.state != "open":
        return False
    prediction = await reads.predicted_labels(event.place, past_issue(issue))
    return prediction.type == "question" and (prediction.by_rule or prediction.type_score >= SURE)


# Elsewhere.


@feature.command(
    Command(
        name="transfer",
        usage="/transfer OWNER/REPO",
        description="Moves this issue to another repository of the same owner, if you may write to both.",
        who=WRITE,
        example="/transfer octo/docs",
        parameters=(
            Parameter("repository", "Where the issue belongs; the owner can be left out.", required=True),
        ),
        topic=Topic.PLACE,
        threads=ThreadKind.ISSUE,
    )
)
async def transfer_asked(call: Call, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Move an issue to a repository that its mover may write to as well."""
    (written,) = call.invocation.arguments
    here = call.event.repository
    target = target_of(written, call.thread.repository)
    if target is None:
        raise UserError(
            f"GitHub moves issues only between repositories of one owner, and {code(written)} is none other "
            "of this owner's. Write it as in `/transfer owner/repo`."
        )
    if target.casefold() == here.full_name.casefold():
        raise UserError("The issue is in that repository already.")
    try:
        there = await reads.repository(target)
    except GoneError:
        there = None
    if there is None or await reads.permission(target, call.caller) < Permission.WRITE:
        raise UserError(
            f"I cannot move it to {code(target)} for you: it takes write permission there, and the App "
            "has to be installed there."
        )
    if there.archived:
        raise UserError(f"{code(target)} is archived, so it takes no issues. Name another repository.")
    if here.private and not there.private:
        raise UserError(
            f"GitHub moves no issue from a private repository to a public one, as {code(target)}."
        )
    reason = f"{call.caller} moved it to {there.full_name}"
    return [TransferIssue(thread=call.thread, target=there.full_name, reason=reason)]


@feature.command(
    Command(
        name="convert",
        usage="/convert [CATEGORY]",
        description="Opens a discussion with what this issue says, links the two, and closes the issue.",
        who=TRIAGE,
        example="/convert Q&A",
        parameters=(Parameter("category", "The category of discussions, by its name.", repeated=True),),
        topic=Topic.PLACE,
        threads=ThreadKind.ISSUE,
    )
)
async def convert_asked(call: Call, section: RoutingSection, reads: Reads) -> Sequence[Action]:
    """Open a discussion in place of an issue."""
    issue = call.issue
    if issue.state != "open":
        raise UserError("This issue is closed. Reopen it first if it is to become a discussion.")
    if is_hidden(issue.body):
        raise UserError("This issue's text is out of public view, so there is nothing to discuss in public.")
    forum = await reads.discussion_categories(call.thread.repository)
    if not forum.enabled:
        raise UserError(
            "This repository has no discussions. A maintainer can switch them on in its settings, under "
            "Features; then comment `/convert` again."
        )
    wanted = " ".join(call.invocation.arguments) or section.category
    category = category_of(forum.categories, wanted)
    if category is None:
        names = listed([code(one.name) for one in forum.categories if one.slug != POLLS], "or")
        raise UserError(f"Which category? Write one of {names}, as in `/convert General`.")
    author = issue.user.login if issue.user else ""
    body = render(
        "comments/routing_discussion.md.j2",
        author=author,
        number=issue.number,
        repository=call.event.repository.full_name,
        text=quoted(issue.body),
    )
    return [
        OpenDiscussion(
            thread=call.thread,
            category=category.slug,
            title=" ".join(issue.title.split()) or f"Issue {issue.number}",
            body=body,
            section=feature.name,
            told=render("comments/routing_converted.md.j2", by=call.caller, category=category.name),
            closes=True,
            reason=f"{call.caller} moved it to the discussions",
        )
    ]


def target_of(written: str, here: str) -> str | None:
    """Read the repository an issue is to go to; ``None`` when it cannot be one of the same owner."""
    found = _REPOSITORY.fullmatch(written)
    owner = here.split("/")[0]
    if found is None or (found["owner"] or owner).casefold() != owner.casefold():
        return None
    return f"{owner}/{found['name']}"


def category_of(categories: Sequence[DiscussionCategory], wanted: str | None) -> DiscussionCategory | None:
    """Find a category by its name, or the first one for questions when none is named."""
    usable = [one for one in categories if one.slug != POLLS]
    if wanted is None:
        return next((one for one in usable if one.answerable), None)
    names = {wanted.casefold(), wanted.casefold().replace(" ", "-")}
    return next((one for one in usable if {one.name.casefold(), one.slug.casefold()} & names), None)
