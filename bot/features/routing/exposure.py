"""Decide whether an issue lays a vulnerability open to the public, and plan how it is taken out of view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.actions import Action, HideText, MinimizeComment, Remember, SetLock
from bot.events import ASSOCIATIONS_OF_THE_HOUSE, Event, Issue, Repository, Thread
from bot.features.routing.section import RoutingSection
from bot.reads import PostedComment
from bot.rendering import render
from bot.triage.disclosure import HIDDEN, Level, Reading, is_hidden, read_for_disclosure

KEPT_HIDDEN = "hidden"
"""The key under which it is kept that an issue's text was taken out of view, and by whom."""

TITLE = "Moved out of public view"
COMMENTS_FOLDED = 20
"""Comments of the reporter's that are folded away at most, the newest first."""


def exposure_of(issue: Issue, repository: Repository) -> Reading:
    """Tell how much an issue reads like a report that should not be public."""
    if (
        repository.private
        or issue.pull_request is not None
        or issue.user is None
        or issue.user.is_bot
        or issue.author_association in ASSOCIATIONS_OF_THE_HOUSE
        or is_hidden(issue.body)
    ):
        return Reading(Level.NOTHING)
    return read_for_disclosure(issue.title, issue.body)


def hiding(
    event: Event,
    issue: Issue,
    section: RoutingSection,
    *,
    name: str,
    by: str,
    comments: Iterable[PostedComment] = (),
    reason: str,
) -> list[Action]:
    """Plan to take an issue's text out of view; ``by`` is who asked, empty when nobody had to.

    ``name`` is the feature's section of the status comment, the only one that may have words from then on.
    """
    thread, author = event.thread, issue.user.login if issue.user else ""
    notice = render(
        "comments/routing_hidden.md.j2",
        marker=HIDDEN,
        author=author,
        by=by,
        report=report_address(event.repository, section),
        policy=f"{event.repository.html_url}/security/policy" if section.report_to is None else None,
    )
    folded = [comment for comment in comments if author and comment.author == author and comment.node]
    return [
        HideText(thread=thread, title=TITLE, body=notice, section=name, reason=reason),
        SetLock(thread=thread, locked=True, reason=reason),
        Remember(thread=thread, key=KEPT_HIDDEN, value={"by": by}, reason=reason),
        *_folded(thread, folded[-COMMENTS_FOLDED:], reason),
    ]


def report_address(repository: Repository, section: RoutingSection) -> str:
    """Give the address where a vulnerability is reported privately (GitHub Docs, "Privately reporting")."""
    return section.report_to or f"{repository.html_url}/security/advisories/new"


def _folded(thread: Thread, comments: Sequence[PostedComment], reason: str) -> Iterable[Action]:
    for comment in comments:
        yield MinimizeComment(thread=thread, node=comment.node, why="OFF_TOPIC", reason=reason)
