from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.stale_rules import StaleRules, StaleSource, ThreadRules
from bot.triage.staleness import (
    DAY,
    Act,
    Standing,
    Step,
    Verdict,
    Wait,
    exempt,
    rules_for,
    step,
    waits_by_label,
    waits_by_review,
)

RULES = ThreadRules(days_until_stale=30.0, days_until_close=14.0)
NEVER_CLOSE = replace(RULES, days_until_close=None)
THREAD = Standing(labels=frozenset({"Needs-Info"}), created=DAY)
HEAD = "a" * 40


def acts(*did: tuple[str, str, float]) -> list[Act]:
    """What was done: the kind or the label, by whom, on which day."""
    return [
        Act("labeled", actor, at * DAY, kind)
        if kind.islower() and "-" in kind
        else Act(kind, actor, at * DAY)
        for kind, actor, at in did
    ]


def by_label(*did: tuple[str, str, float], answered: float = 0.0) -> Wait | None:
    return waits_by_label("bob", THREAD, ["needs-info"], acts(*did), answered * DAY)


def test_a_thread_waits_from_the_day_it_got_the_label() -> None:
    wait = by_label(("commented", "bob", 1), ("needs-info", "alice", 3))
    assert wait is not None
    assert (wait.since, wait.quiet_since, wait.label) == (3 * DAY, 3 * DAY, "needs-info")


@pytest.mark.parametrize("kind", ["commented", "renamed", "committed", "mentioned"])
def test_whatever_the_author_did_since_ends_the_wait(kind: str) -> None:
    assert by_label(("needs-info", "alice", 3), (kind, "Bob", 4)) is None


def test_an_answer_the_timeline_does_not_show_ends_the_wait() -> None:
    assert by_label(("needs-info", "alice", 3), answered=4) is None
    assert by_label(("needs-info", "alice", 5), answered=4) is not None


def test_a_label_that_was_put_there_again_asks_again() -> None:
    wait = by_label(("needs-info", "alice", 3), ("commented", "bob", 4), ("needs-info", "alice", 5))
    assert wait is not None
    assert wait.since == 5 * DAY


def test_another_persons_word_starts_the_quiet_time_anew_and_a_bots_does_not() -> None:
    wait = by_label(("needs-info", "alice", 3), ("commented", "carol", 9), ("commented", "x[bot]", 20))
    assert wait is not None
    assert (wait.since, wait.quiet_since) == (3 * DAY, 9 * DAY)


def test_a_label_that_is_gone_or_of_unknown_day_waits_for_nobody() -> None:
    gone = replace(THREAD, labels=frozenset({"bug"}))
    assert waits_by_label("bob", gone, ["needs-info"], acts(("needs-info", "alice", 3))) is None
    assert by_label() is None


def verdict(state: str, day: float, reviewer: str = "alice", commit: str = HEAD) -> Verdict:
    return Verdict(reviewer, state, commit, day * DAY)


def by_review(verdicts: list[Verdict], *did: tuple[str, str, float]) -> Wait | None:
    return waits_by_review("bob", HEAD, verdicts, acts(*did))


def test_changes_that_were_asked_for_wait_until_the_author_answers() -> None:
    asked = [verdict("CHANGES_REQUESTED", 3), verdict("COMMENTED", 4)]
    wait = by_review(asked)
    assert wait is not None
    assert (wait.since, wait.reviewers) == (3 * DAY, ("alice",))
    assert by_review(asked, ("commented", "bob", 5)) is None
    assert by_review(asked, ("review_requested", "bob", 5)) is None


@pytest.mark.parametrize("state", ["APPROVED", "DISMISSED"])
def test_a_reviewers_last_word_counts(state: str) -> None:
    assert by_review([verdict("CHANGES_REQUESTED", 3), verdict(state, 4)]) is None
    assert by_review([verdict("CHANGES_REQUESTED", 3), verdict(state, 4, "carol")]) is not None


def test_a_push_is_an_answer() -> None:
    assert by_review([verdict("CHANGES_REQUESTED", 3, commit="b" * 40)]) is None


@pytest.mark.parametrize(
    ("now", "marked", "rules", "expected"),
    [
        (29.9, None, RULES, Step.KEEP),
        (30.0, None, RULES, Step.MARK),
        (400.0, None, RULES, Step.MARK),
        (43.9, 30.0, RULES, Step.KEEP),
        (44.0, 30.0, RULES, Step.CLOSE),
        (9000.0, 30.0, NEVER_CLOSE, Step.KEEP),
        (9000.0, None, replace(RULES, days_until_stale=None), Step.KEEP),
    ],
)
def test_what_follows_from_quiet(
    now: float, marked: float | None, rules: ThreadRules, expected: Step
) -> None:
    asked = None if marked is None else marked * DAY
    assert step(rules, Wait(0.0, 0.0), asked, now * DAY) is expected


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_nothing_is_closed_that_was_not_marked_and_nothing_at_all_unless_allowed(a: float, b: float) -> None:
    assert step(RULES, Wait(a, a), None, b) is not Step.CLOSE
    assert step(NEVER_CLOSE, Wait(a, a), a, b) is not Step.CLOSE


@pytest.mark.parametrize(
    ("rules", "thread"),
    [
        ({"exempt_labels": ("Pinned",)}, {"labels": frozenset({"pinned"})}),
        ({"only_labels": ("a", "b")}, {"labels": frozenset({"a"})}),
        ({"any_of_labels": ("a", "b")}, {"labels": frozenset({"c"})}),
        ({"exempt_milestones": ("v1",)}, {"milestone": "V1"}),
        ({"exempt_all_milestones": True}, {"milestone": "v2"}),
        ({"exempt_assignees": ("alice",)}, {"assignees": frozenset({"Alice"})}),
        ({"exempt_all_assignees": True}, {"assignees": frozenset({"bob"})}),
        ({"only_assigned": True}, {}),
        ({"exempt_drafts": True}, {"draft": True, "is_pull": True}),
        ({"only_types": ("Bug",)}, {}),
    ],
)
def test_what_is_left_in_peace(rules: dict[str, Any], thread: dict[str, Any]) -> None:
    assert exempt(ThreadRules(**rules), Standing(**thread))
    assert not exempt(ThreadRules(), Standing(**thread))


def test_an_empty_milestone_is_none() -> None:
    assert not exempt(ThreadRules(exempt_milestones=("v1",), exempt_all_milestones=True), Standing())


def test_the_first_rules_that_are_about_a_thread_count() -> None:
    def rules(days: float | None, **more: Any) -> StaleRules:
        issues = ThreadRules(days_until_stale=days, **more)
        return StaleRules(StaleSource.ACTIONS, issues=issues, pulls=ThreadRules())

    some = [rules(None), rules(5.0, enabled=False), rules(6.0, only_labels=("x",)), rules(7.0), rules(8.0)]
    chosen = rules_for(some, Standing())
    assert chosen is not None
    assert chosen.days_until_stale == 7.0
    assert rules_for(some, Standing(is_pull=True)) is None
    late = replace(rules(5.0), start_date=datetime(2026, 1, 1, tzinfo=UTC))
    assert rules_for([late], Standing(created=DAY)) is None
