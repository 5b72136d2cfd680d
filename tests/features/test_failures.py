from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.actions import Action, AddLabels, Remember, Reply, SetSection
from bot.config import Section
from bot.errors import UserError
from bot.events import Thread
from bot.features import failures as feature
from bot.features.duplicates import DuplicatesSection
from bot.features.failures import THREADS, Answer, FailuresSection, repeated
from bot.reads import PostedComment
from bot.triage.diagnosis import diagnose
from bot.triage.history import PastIssue
from bot.triage.similar.score import Match
from tests.fixtures.events import Json, account, call, comment_event, event, issue
from tests.triage.test_diagnosis import ENVIRONMENT, MEMORY, OTHER, TOKENIZER

HERE = Thread("octo/models", 7)
SECTION = FailuresSection()
(MARK,) = diagnose(TOKENIZER).failures
SECOND = TOKENIZER.replace("the slow tokenizer could not", "a vocabulary of that size can not ever")
(OTHER_MARK,) = diagnose(SECOND).failures
SAID = Answer(text="Fixed in 4.50", by="alice", at=1_700_000_000.0)


@dataclass
class World:
    """What can be read: labels, what is remembered by thread, and comments."""

    labels: frozenset[str] = frozenset({"bug", "area: tokenizer", "Transformers"})
    kept: dict[int, dict[str, Json]] = field(default_factory=dict)
    told: bool = False
    like: tuple[Match, ...] = ()
    sections: dict[str, Section] = field(default_factory=lambda: {"duplicates": DuplicatesSection()})
    said: list[PostedComment] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def similar_issues(self, thread: Thread, issue: PastIssue, limit: int = 5) -> tuple[Match, ...]:
        return self.like

    async def section_of(self, name: str) -> Section:
        return self.sections[name]

    async def label_names(self, repository: str) -> frozenset[str]:
        self.asked.append("labels")
        return self.labels

    async def recall(self, thread: Thread, name: str) -> dict[str, Json]:
        return self.kept.get(thread.number, {})

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, Json]:
        return {number: found[key] for number, found in self.kept.items() if key in found}

    async def has_section(self, thread: Thread, section: str) -> bool:
        return self.told

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        self.asked.append("comments")
        return self.said


def seen(*numbers: int, mark: str = MARK, answer: Answer | None = None) -> dict[int, dict[str, Json]]:
    kept: dict[int, dict[str, Json]] = {number: {mark: {"name": "ValueError: x"}} for number in numbers}
    return kept | ({0: {mark: answer.model_dump()}} if answer else {})


async def opened(world: World, body: str, **fields: Any) -> Sequence[Action]:
    return await feature.opened(event("issues", "opened", issue=issue(body=body, **fields)), SECTION, world)


async def edited(world: World, body: str) -> Sequence[Action]:
    return await feature.edited(event("issues", "edited", issue=issue(body=body)), SECTION, world)


async def known(world: World, line: str, **about: Any) -> Sequence[Action]:
    asked = call(line, author="alice", about=issue(**{"body": TOKENIZER, **about}))
    return await feature.known_issue(asked, SECTION, world)


def words(actions: Sequence[Action]) -> str:
    (one,) = [action for action in actions if isinstance(action, SetSection)]
    return one.body


def kept(actions: Sequence[Action]) -> dict[tuple[int, str], Any]:
    return {(one.thread.number, one.key): one.value for one in actions if isinstance(one, Remember)}


def labels(actions: Sequence[Action]) -> list[str]:
    return [label for action in actions if isinstance(action, AddLabels) for label in action.labels]


# Reading.


async def test_a_failure_is_labelled_and_remembered_without_a_word() -> None:
    actions = await opened(World(), TOKENIZER)
    assert labels(actions) == ["area: tokenizer", "Transformers"]
    assert list(kept(actions)) == [(7, MARK)]
    assert not [action for action in actions if isinstance(action, SetSection)]
    (first, _) = [action for action in actions if isinstance(action, AddLabels)]
    assert "convert_slow_tokenizer.py in convert" in first.reason


async def test_other_issues_with_the_same_failure_are_named() -> None:
    assert "- The same failure as #12 and #40.\n" in words(await opened(World(kept=seen(40, 12)), TOKENIZER))
    many = words(await opened(World(kept=seen(*range(11, 20))), TOKENIZER))
    assert "#15, #16, #17, #18, #19 and 4 more." in many


@pytest.mark.parametrize("pointing", [DuplicatesSection(quiet=True), DuplicatesSection(enabled=False)])
async def test_an_issue_that_is_pointed_to_as_like_this_one_is_named_there_alone(pointing: Section) -> None:
    like = (Match(12, 0.8, shown=True, why=("the same",)), Match(40, 0.2, shown=False, why=()))
    world = World(kept=seen(40, 12), like=like)
    assert "- The same failure as #40.\n" in words(await opened(world, TOKENIZER))
    assert "- The same failure as #40.\n" in words(await edited(replace(world, told=True), TOKENIZER))
    assert kept(await opened(replace(world, kept=seen(12)), TOKENIZER)), "it is remembered all the same"
    silent = replace(world, sections={"duplicates": pointing})
    assert "#12 and #40." in words(await opened(silent, TOKENIZER))


async def test_of_a_very_common_failure_the_oldest_issue_is_forgotten() -> None:
    actions = await opened(World(kept=seen(*range(100, 100 + THREADS))), TOKENIZER)
    assert kept(actions)[100, MARK] is None
    assert kept(actions)[7, MARK]
    assert len(kept(actions)) == 2


async def test_what_a_maintainer_said_of_the_failure_is_told_with_their_name_and_the_day() -> None:
    said = words(await opened(World(kept=seen(answer=SAID)), TOKENIZER))
    assert "This is known here. alice said on 14 November 2023: Fixed in 4.50\n" in said


async def test_of_several_failures_each_is_named() -> None:
    said = words(await opened(World(kept=seen(12, answer=SAID)), f"{TOKENIZER}\n\nand\n\n{SECOND}"))
    assert said.count("`ValueError: the slow tokenizer") == 2
    assert "vocabulary" not in said


async def test_hints_cite_their_page_and_can_be_switched_off() -> None:
    said = words(await opened(World(), MEMORY))
    assert "(https://pytorch.org/docs/stable/notes/cuda.html#memory-management)" in said
    quiet = event("issues", "opened", issue=issue(body=MEMORY))
    assert not await feature.opened(quiet, FailuresSection(hints=False), World(labels=frozenset()))


async def test_blocks_that_disagree_are_pointed_out() -> None:
    said = words(await opened(World(), f"```\n{ENVIRONMENT}```\n\n{OTHER}"))
    assert "disagree about Python: `3.11.4` in" in said
    assert "`3.9.2` in" in said


@pytest.mark.parametrize("body", ["", "Thank you all", "Crash when loading", "it fails"])
async def test_an_issue_that_shows_nothing_costs_nothing(body: str) -> None:
    world = World()
    assert await opened(world, body) == []
    assert await edited(world, body) == []
    assert world.asked == []


@pytest.mark.parametrize("fields", [{"user": account("ci[bot]")}, {"user": None}, {"state": "closed"}])
async def test_issues_of_bots_and_closed_ones_are_left_alone(fields: Json) -> None:
    assert await opened(World(), TOKENIZER, **fields) == []


async def test_labels_that_are_there_are_not_added_again() -> None:
    there = [{"name": "area: tokenizer"}, {"name": "Transformers"}]
    assert labels(await opened(World(), TOKENIZER, labels=there)) == []


# Edits and replies.


async def test_an_edit_forgets_what_the_issue_does_not_show_any_more() -> None:
    actions = await edited(World(kept=seen(7), told=True), "it works now")
    assert kept(actions) == {(7, MARK): None}
    assert words(actions) == ""


async def test_an_edit_that_changes_nothing_remembers_nothing_anew() -> None:
    actions = await edited(World(kept=seen(7, 12), told=True), TOKENIZER)
    assert kept(actions) == {}
    assert "The same failure as #12." in words(actions)


async def test_a_failure_that_the_author_shows_in_a_reply_counts_and_outlives_an_edit() -> None:
    world = World(kept=seen(12))
    replied = comment_event(f"```\n{TOKENIZER}```", about=issue(body="it fails"))
    actions = await feature.commented(replied, SECTION, world)
    assert kept(actions)[7, MARK] == {
        "name": diagnose(TOKENIZER).failures[MARK],
        "in_reply": True,
    }
    assert "The same failure as #12." in words(actions)
    world.kept[7] = {MARK: kept(actions)[7, MARK]}
    world.said = [PostedComment(1, "bob", TOKENIZER), PostedComment(2, "eve", SECOND)]
    again = await edited(world, "it fails badly")
    assert kept(again) == {}
    assert "The same failure as #12." in words(again)


@pytest.mark.parametrize(
    ("body", "author", "about"),
    [(TOKENIZER, "eve", {}), ("thanks", "bob", {}), (TOKENIZER, "bob", {"pull_request": {}})],
    ids=["somebody else", "no failure", "pull request"],
)
async def test_other_comments_are_passed_over(body: str, author: str, about: Json) -> None:
    happened = comment_event(body, author=author, about=issue(**about))
    assert await feature.commented(happened, SECTION, World()) == []


async def test_an_issue_that_is_gone_is_forgotten() -> None:
    happened = event("issues", "transferred", issue=issue())
    assert kept(await feature.gone(happened, SECTION, World(kept=seen(7, 12)))) == {(7, MARK): None}


# /known-issue.


async def test_a_maintainer_says_what_is_known_of_the_failure_shown() -> None:
    actions = await known(World(), "/known-issue Fixed in 4.50, see #99")
    stored = kept(actions)[0, MARK]
    assert (stored["text"], stored["by"]) == ("Fixed in 4.50, see #99", "alice")
    assert kept(actions)[7, MARK]
    assert "alice said on" in words(actions)
    assert "Fixed in 4.50, see #99" in words(actions)


async def test_what_was_said_is_taken_back() -> None:
    actions = await known(World(kept=seen(7, answer=SAID)), "/known-issue forget")
    assert kept(actions) == {(0, MARK): None}
    assert "Fixed" not in words(actions)
    with pytest.raises(UserError, match="nothing to forget"):
        await known(World(), "/known-issue forget")


async def test_of_several_failures_one_has_to_be_named() -> None:
    both = f"{TOKENIZER}\n\nand\n\n{SECOND}"
    with pytest.raises(UserError, match="several failures") as refused:
        await known(World(), "/known-issue Fixed", body=both)
    assert MARK in str(refused.value)
    assert OTHER_MARK in str(refused.value)
    assert (0, OTHER_MARK) in kept(await known(World(), f"/known-issue {OTHER_MARK} Fixed", body=both))
    named = await known(World(kept={0: {MARK: SAID.model_dump()}}), f"/known-issue forget {MARK}", body=both)
    assert kept(named)[0, MARK] is None


async def test_a_failure_of_another_issue_is_named_by_its_fingerprint() -> None:
    actions = await known(World(kept=seen(12)), f"/known-issue {MARK} Fixed", body="hello")
    assert (0, MARK) in kept(actions)
    assert [action for action in actions if isinstance(action, Reply)]
    with pytest.raises(UserError, match="No issue here shows"):
        await known(World(), "/known-issue 0123456789abcdef Fixed", body="hello")


@pytest.mark.parametrize(
    ("line", "body", "why"),
    [
        ("/known-issue Fixed", "hello", "shows no failure that could be told from others"),
        ("/known-issue Fixed", MEMORY, "depends on the model"),
        (f"/known-issue {MARK}", TOKENIZER, "Say what is known"),
        (f"/known-issue {'x' * 501}", TOKENIZER, "in 500 characters"),
    ],
)
async def test_what_cannot_be_done_is_said_with_the_reason(line: str, body: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        await known(World(), line, body=body)


# Safety.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.example/b_c?x=1.", "see <https://a.example/b_c?x=1>."),
        ("fixed by #12, #13", "fixed by #12, #13"),
        ("http://a.example", "http:/\u200b/a.example"),
        ("Thanks @octo/everyone", "Thanks @\u200bocto/everyone"),
    ],
)
def test_links_and_issues_of_a_maintainer_work_and_mentions_do_not(text: str, shown: str) -> None:
    assert repeated(text) == shown


@given(text=st.text(max_size=200) | st.from_regex(r"[\[\]()<>!#@/a-z:.*_`~|-]{0,80}"))
def test_a_maintainers_words_bring_no_markup_with_them(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"- x: {repeated(text)}")
    inside = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inside} <= {
        "text",
        "text_special",
        "link_open",
        "link_close",
        "softbreak",
    }
    assert all(
        str(child.attrGet("href")).startswith("https://") for child in inside if child.type == "link_open"
    )
    assert [token.type for token in tokens if token.level == 0] == ["bullet_list_open", "bullet_list_close"]


@pytest.mark.parametrize("name", ["`x` @octo/all", "<img src=x>", "[a](http://b)"])
async def test_the_words_of_a_failure_are_repeated_as_code(name: str) -> None:
    hostile = MEMORY.replace("Tried to allocate 2.00 GiB.", f"Tried to allocate 2.00 GiB. {name}")
    said = words(await opened(World(), hostile))
    inside = [child for token in MarkdownIt("commonmark").parse(said) for child in token.children or []]
    assert name.split()[0] not in "".join(child.content for child in inside if child.type == "text")
    assert {child.attrGet("href") for child in inside if child.type == "link_open"} == {
        "https://pytorch.org/docs/stable/notes/cuda.html#memory-management"
    }
