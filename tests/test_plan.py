from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.actions import (
    RANKS,
    Action,
    AddLabels,
    Assign,
    CommitFiles,
    DecideRelease,
    FileChange,
    React,
    Remember,
    RemoveLabels,
    Reply,
    ReportCheck,
    ReportPart,
    RequestReviews,
    SetSection,
    SetState,
    SetTimer,
    StartRelease,
)
from bot.events import Thread
from bot.plan import Plan, merge

HERE = Thread("octo/models", 7)
THERE = Thread("octo/models", 8)

threads = st.sampled_from([HERE, THERE])
words = st.sampled_from(["one", "two", "three"])
common = {"thread": threads, "reason": words, "feature": words}
labels = st.lists(words, min_size=1, max_size=3, unique=True).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(AddLabels, labels=labels, **common),
    st.builds(RemoveLabels, labels=labels, **common),
    st.builds(SetSection, section=words, body=words, **common),
    st.builds(Reply, key=words, body=words, **common),
    st.builds(React, comment=st.none() | st.just(9), content=st.sampled_from(["eyes", "rocket"]), **common),
    st.builds(
        ReportCheck,
        repository=words,
        commit=words,
        name=words,
        conclusion=st.just("success"),
        title=words,
        summary=words,
        reason=words,
        feature=words,
    ),
    st.builds(Assign, add=labels, remove=labels, section=words, told=words, **common),
    st.builds(RequestReviews, people=labels, teams=labels, withdrawn=labels, **common),
    st.builds(SetState, state=st.sampled_from(["open", "closed"]), **common),
    st.builds(
        ReportPart,
        repository=words,
        commit=words,
        part=words,
        passed=st.booleans(),
        summary=words,
        reason=words,
        feature=words,
    ),
    st.builds(Remember, key=words, value=st.none() | st.just({"a": 1}), **common),
    st.builds(SetTimer, name=words, due=st.none() | st.just(1.5), dry_run=st.booleans(), **common),
    st.builds(
        CommitFiles,
        branch=words,
        expected_head=words,
        files=st.just((FileChange(path="a", content="b"),)),
        message=words,
        **common,
    ),
    st.builds(StartRelease, release=words, model=words, commit=words, requester=words, **common),
    st.builds(
        DecideRelease,
        release=words,
        verdict=st.just("approve"),
        login=words,
        permission=words,
        digest=words,
        **common,
    ),
)
plans = st.lists(st.lists(actions, max_size=5), max_size=4)


@given(plans)
def test_merging_a_merged_plan_changes_nothing(wanted: list[list[Action]]) -> None:
    once = merge(wanted)
    assert merge([once.actions]) == once


@given(plans)
def test_actions_come_out_in_the_order_they_are_carried_out(wanted: list[list[Action]]) -> None:
    ranks = [RANKS[type(action)] for action in merge(wanted).actions]
    assert ranks == sorted(ranks)


@given(plans)
def test_no_label_is_both_added_and_removed_and_none_that_was_wanted_is_lost(
    wanted: list[list[Action]],
) -> None:
    merged = merge(wanted).actions

    def pairs(kind: type[AddLabels] | type[RemoveLabels], among: list[Action]) -> set[tuple[Thread, str]]:
        return {(a.thread, label) for a in among if isinstance(a, kind) for label in a.labels}

    given_actions = [action for plan in wanted for action in plan]
    added = pairs(AddLabels, given_actions)
    assert pairs(AddLabels, list(merged)) == added
    assert pairs(RemoveLabels, list(merged)) == pairs(RemoveLabels, given_actions) - added


@given(plans)
def test_a_plan_survives_being_stored(wanted: list[list[Action]]) -> None:
    merged = merge(wanted)
    assert Plan.model_validate_json(merged.model_dump_json()) == merged
    assert merge(wanted).model_dump_json() == merged.model_dump_json()


def test_the_labels_of_several_features_become_one_action_that_names_them_all() -> None:
    first = AddLabels(thread=HERE, labels=("bug", "docs"), reason="reads like one", feature="triage")
    second = AddLabels(thread=HERE, labels=("docs", "model"), reason="touches docs", feature="labels")
    assert merge([[first], [second]]).actions == (
        AddLabels(
            thread=HERE,
            labels=("bug", "docs", "model"),
            reason="reads like one; touches docs",
            feature="triage, labels",
        ),
    )


def test_a_reason_two_features_share_is_said_once() -> None:
    same = [AddLabels(thread=HERE, labels=("bug",), reason="why", feature="triage")]
    assert merge([same, same, same]).actions == tuple(same)


def test_labels_of_different_threads_stay_apart() -> None:
    wanted = [AddLabels(thread=thread, labels=("bug",), reason="r") for thread in (HERE, THERE)]
    assert merge([wanted]).actions == tuple(wanted)


def test_of_two_texts_for_one_section_the_later_feature_wins() -> None:
    texts = [SetSection(thread=HERE, section="s", body=body, reason="r") for body in ("old", "new")]
    (kept,) = merge([[text] for text in texts]).actions
    assert isinstance(kept, SetSection)
    assert kept.body == "new"


def test_every_feature_keeps_its_own_section_in_feature_order() -> None:
    texts = [SetSection(thread=HERE, section=name, body=name, reason="r") for name in ("welcome", "triage")]
    assert merge([[text] for text in texts]).actions == tuple(texts)


def test_adding_a_label_wins_over_removing_it() -> None:
    add = AddLabels(thread=HERE, labels=("docs",), reason="r")
    remove = RemoveLabels(thread=HERE, labels=("docs", "model"), reason="r")
    assert merge([[remove], [add]]).actions == (RemoveLabels(thread=HERE, labels=("model",), reason="r"), add)


def test_nothing_merges_to_nothing() -> None:
    assert merge([]) == merge([[], []]) == Plan()
