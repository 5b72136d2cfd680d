from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import DocumentError
from bot.triage.setting_values import UnreadableError, read_value
from bot.triage.stale_rules import StaleRules, StaleSource, ThreadRules
from bot.triage.stale_settings import _vocabulary, read_probot, read_workflow


def workflow(*lines: str) -> StaleRules:
    head = "jobs:\n  stale:\n    steps:\n      - uses: actions/stale@v10\n        with:\n"
    (rules,) = read_workflow(head + "".join(f"          {line}\n" for line in lines))
    return rules


def test_every_setting_sets_a_field_that_is_there() -> None:
    threads, run = ({one.name for one in fields(kind)} for kind in (ThreadRules, StaleRules))
    for source in StaleSource:
        for name, setting in _vocabulary(source).settings.items():
            assert setting.sets in (run if setting.concerns == "run" else threads), name


def test_an_empty_file_of_probot_means_its_defaults() -> None:
    rules = read_probot("")
    assert rules.issues == rules.pulls
    assert (rules.issues.days_until_stale, rules.issues.days_until_close) == (60, 7)
    assert (rules.issues.stale_label, rules.issues.exempt_labels) == ("wontfix", ("pinned", "security"))
    assert rules.problems == ()


def test_the_settings_of_probot_are_understood_for_both_and_for_each_kind() -> None:
    rules = read_probot("""
daysUntilStale: 30
daysUntilClose: false
exemptLabels: []
staleLabel: stale
onlyLabels: [needs-info]
exemptMilestones: true
markComment: false
limitPerRun: 5
perform: false
pulls:
  daysUntilStale: 10
  markComment: Still on it?
  exemptDrafts: true
  limitPerRun: 3
""")
    assert (rules.issues.days_until_stale, rules.pulls.days_until_stale) == (30, 10)
    assert rules.issues.days_until_close is None
    assert (rules.issues.exempt_labels, rules.issues.only_labels) == ((), ("needs-info",))
    assert (rules.issues.stale_message, rules.pulls.stale_message) == ("", "Still on it?")
    assert (rules.issues.exempt_drafts, rules.pulls.exempt_drafts) == (False, True)
    assert rules.pulls.exempt_all_milestones
    assert (rules.limit_per_run, rules.dry_run) == (3, True)
    (left,) = rules.problems
    assert left.line == 13
    assert '"markComment" is not followed: the words here say' in left.message


def test_one_kind_alone_can_be_looked_at() -> None:
    rules = read_probot("only: issues")
    assert (rules.issues.enabled, rules.pulls.enabled) == (True, False)
    assert not read_probot("only: pulls").issues.enabled


def test_what_is_unknown_unreadable_or_unsupported_is_placed() -> None:
    rules = read_probot(
        "daysUntilStlae: 3\ndaysUntilClose: soon\nissues:\n  exemptProjects: true\nonly: [issues]\n"
    )
    assert [str(problem) for problem in rules.problems] == [
        '1:1: unknown setting "daysUntilStlae" (did you mean "daysUntilStale"?)',
        '2:1: "daysUntilClose": expected a number of days',
        '4:3: "exemptProjects" is not supported: projects are not looked at',
        '5:1: unknown setting "only"',
    ]
    assert rules.issues.days_until_close == 7
    assert read_probot("exemptProjects: false").problems == ()


def test_a_step_without_inputs_means_the_actions_defaults() -> None:
    (rules,) = read_workflow("jobs: {a: {steps: [{uses: 'actions/stale@v9'}, {uses: other/stale@v1}]}}")
    assert (rules.source, rules.issues.stale_label, rules.pulls.days_until_close) == (
        "actions/stale",
        "Stale",
        7,
    )
    assert (rules.issues.exempt_labels, rules.issues.close_reason) == ((), "not_planned")


def test_the_setting_for_one_kind_wins_wherever_it_stands() -> None:
    rules = workflow("days-before-pr-stale: 10", "days-before-stale: 30", "days-before-close: -1")
    assert (rules.issues.days_until_stale, rules.pulls.days_until_stale) == (30, 10)
    assert rules.issues.days_until_close is None


def test_names_are_divided_by_commas_and_flags_are_read_as_text() -> None:
    rules = workflow(
        "exempt-issue-labels: 'bug, help wanted,'",
        "only-labels: needs info",
        "exempt-all-milestones: true",
        "exempt-draft-pr: 'true'",
        "any-of-issue-labels: a,b",
        "exempt-assignees: ada",
        "operations-per-run: 200",
        "start-date: '2026-01-31'",
        "debug-only: true",
        "repo-token: ${{ secrets.TOKEN }}",
    )
    assert rules.problems == ()
    assert (rules.issues.exempt_labels, rules.pulls.exempt_labels) == (("bug", "help wanted"), ())
    assert (rules.issues.only_labels, rules.issues.any_of_labels) == (("needs info",), ("a", "b"))
    assert (rules.issues.exempt_all_milestones, rules.issues.exempt_drafts, rules.pulls.exempt_drafts) == (
        True, False, True,
    )  # fmt: skip
    assert (rules.limit_per_run, rules.dry_run) == (200, True)
    assert rules.start_date == datetime(2026, 1, 31, tzinfo=UTC)


def test_an_expression_is_known_only_when_the_workflow_runs() -> None:
    (problem,) = workflow("days-before-stale: ${{ inputs.days }}").problems
    assert (problem.line, problem.column) == (6, 30)
    assert problem.message == '"days-before-stale": an expression is known only when the workflow runs'


def test_inputs_that_are_not_supported_say_why() -> None:
    rules = workflow("delete-branch: true", "ascending: false", "only-lables: x")
    assert [problem.message for problem in rules.problems] == [
        '"delete-branch" is not supported: branches are never deleted here',
        'unknown setting "only-lables"',
    ]
    assert rules.problems[-1].hint == 'did you mean "only-labels"?'


def test_each_step_has_rules_of_its_own() -> None:
    step = "{uses: actions/stale@v10, with: {stale-issue-label: %s}}"
    text = f"jobs: {{a: {{steps: [{step % 'x'}]}}, b: {{steps: [{step % 'y'}]}}}}"
    assert [rules.issues.stale_label for rules in read_workflow(text)] == ["x", "y"]
    assert read_workflow("name: other") == ()


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("days", True),
        ("days", "nan"),
        ("days", "1e999"),
        ("days", []),
        ("names", {"a": 1}),
        ("names", [[]]),
        ("flag", "yes"),
        ("text", []),
        ("reason", "because"),
        ("count", "-1"),
        ("count", "٣"),
        ("date", "tomorrow"),
        ("date", ""),
    ],
)
def test_a_value_of_another_form_is_refused(form: str, value: object) -> None:
    with pytest.raises(UnreadableError):
        read_value(form, value)  # type: ignore[arg-type]  # the forms are literals


def test_dates_are_read_as_either_standard_writes_them() -> None:
    assert read_value("date", "2026-01-31T10:00:00Z") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert read_value("date", "Sat, 31 Jan 2026 10:00:00 +0000") == datetime(2026, 1, 31, 10, tzinfo=UTC)


@given(st.text(alphabet="a:-[]{}'\" \n0", max_size=120))
def test_any_text_is_rules_or_a_placed_error(text: str) -> None:
    for setting in ("daysUntilStale", "exemptLabels", "only", "pulls", "limitPerRun", "perform"):
        with suppress(DocumentError):
            read_probot(f"{setting}: {text}")
    with suppress(DocumentError):
        read_workflow(f"jobs: {text}")


def test_what_is_understood_and_not_followed_is_named_unless_it_asks_for_what_is_so_anyway() -> None:
    rules = workflow(
        "stale-issue-message: Waits since ${{ x }}",
        "remove-stale-when-updated: false",
        "ignore-pr-updates: true",
        "labels-to-remove-when-stale: help wanted",
    )
    assert [str(one).split(" is not followed: ")[0].split('"')[1] for one in rules.problems] == [
        "stale-issue-message",
        "remove-stale-when-updated",
        "ignore-pr-updates",
        "labels-to-remove-when-stale",
    ]
    usual = workflow("remove-stale-when-updated: true", "ignore-updates: false", "stale-pr-message: ''")
    assert usual.problems == ()
