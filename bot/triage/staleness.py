"""Decide what waits on its author, for how long, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from bot.triage.stale_rules import StaleRules, ThreadRules

DAY = 86_400.0
"""Seconds."""


@dataclass(frozen=True)
class Standing:
    """A thread as it is now; names of labels and people as GitHub has them."""

    is_pull: bool = False
    draft: bool = False
    labels: frozenset[str] = frozenset()
    milestone: str = ""
    assignees: frozenset[str] = frozenset()
    created: float = 0.0
    """Seconds since the epoch, as all moments here."""


@dataclass(frozen=True)
class Act:
    """What somebody did to a thread; ``label`` where it was about one."""

    kind: str
    actor: str
    at: float
    label: str = ""

    @property
    def by_person(self) -> bool:
        """Tell whether a person did it; bots have no say in what is quiet."""
        return bool(self.actor) and not self.actor.endswith("[bot]")


@dataclass(frozen=True)
class Verdict:
    """A review that approves, asks for changes or was dismissed; ``commit`` is what it is about."""

    reviewer: str
    state: str
    commit: str
    at: float


@dataclass(frozen=True)
class Wait:
    """What a thread waits on its author for."""

    since: float
    quiet_since: float
    """When a person last touched the thread, at the earliest when the wait began."""
    label: str = ""
    reviewers: tuple[str, ...] = ()


class Step(Enum):
    """What is to become of a thread that waits on its author."""

    KEEP = "keep"
    MARK = "mark"
    CLOSE = "close"


def rules_for(all_rules: Iterable[StaleRules], thread: Standing) -> ThreadRules | None:
    """Choose the first rules that are about a thread; ``None`` when it is none of their business."""
    for rules in all_rules:
        start = rules.start_date
        if start is not None and datetime.fromtimestamp(thread.created, UTC) < start:
            continue
        chosen = rules.pulls if thread.is_pull else rules.issues
        if chosen.enabled and chosen.days_until_stale is not None and not exempt(chosen, thread):
            return chosen
    return None


def exempt(rules: ThreadRules, thread: Standing) -> bool:
    """Tell whether rules leave a thread in peace."""
    labels, assignees = _folded(thread.labels), _folded(thread.assignees)
    return bool(
        labels & _folded(rules.exempt_labels)
        or _folded(rules.only_labels) - labels
        or (rules.any_of_labels and not labels & _folded(rules.any_of_labels))
        or (rules.only_types and not thread.is_pull)  # types of issues are not read
        or (rules.only_assigned and not assignees)
        or (thread.milestone and rules.exempt_all_milestones)
        or thread.milestone.casefold() in _folded(rules.exempt_milestones)
        or (assignees and rules.exempt_all_assignees)
        or assignees & _folded(rules.exempt_assignees)
        or (thread.draft and rules.exempt_drafts)
    )


def waits_by_label(
    author: str, thread: Standing, waiting: Iterable[str], acts: Iterable[Act], answered: float = 0.0
) -> Wait | None:
    """Find since when a label says that a thread waits on its author.

    Whatever the author did since ends the wait, and so does an answer that the timeline does not show,
    such as an edit; then it is the turn of whoever put the label there.
    """
    meant = _folded(waiting)
    known = list(acts)
    since = {
        act.label: act.at
        for act in known
        if act.kind == "labeled" and act.label.casefold() in meant & _folded(thread.labels)
    }
    if not since:
        return None
    label = max(since, key=lambda name: since[name])
    return _wait(author, since[label], known, answered, label=label)


def waits_by_review(
    author: str, head: str, verdicts: Iterable[Verdict], acts: Iterable[Act], answered: float = 0.0
) -> Wait | None:
    """Find since when changes that reviewers asked for are unanswered: nothing was pushed or said since."""
    last: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            last[verdict.reviewer] = verdict
    asking = [one for one in last.values() if one.state == "CHANGES_REQUESTED" and one.commit == head]
    if not asking:
        return None
    reviewers = tuple(one.reviewer for one in asking)
    return _wait(author, max(one.at for one in asking), acts, answered, reviewers=reviewers)


def _wait(
    author: str,
    since: float,
    acts: Iterable[Act],
    answered: float,
    *,
    label: str = "",
    reviewers: tuple[str, ...] = (),
) -> Wait | None:
    later = [act for act in acts if act.by_person and act.at > since]
    if answered > since or any(act.actor.casefold() == author.casefold() for act in later):
        return None
    quiet = max((act.at for act in later), default=since)
    return Wait(since=since, quiet_since=quiet, label=label, reviewers=reviewers)


def due(rules: ThreadRules, wait: Wait, marked: float | None) -> float | None:
    """Say when a thread that waits is to be looked at next; ``None`` for never again."""
    if marked is None:
        days = rules.days_until_stale
        return None if days is None else wait.quiet_since + days * DAY
    days = rules.days_until_close
    return None if days is None else marked + days * DAY


def step(rules: ThreadRules, wait: Wait, marked: float | None, now: float) -> Step:
    """Decide about a thread that waits; nothing is closed that was not marked, with its day, before."""
    moment = due(rules, wait, marked)
    if moment is None or now < moment:
        return Step.KEEP
    return Step.MARK if marked is None else Step.CLOSE


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
