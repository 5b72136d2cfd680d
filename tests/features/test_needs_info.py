from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from markdown_it import MarkdownIt

from bot.actions import Action, AddLabels, Remember, RemoveLabels, SetSection, SetState, SetTimer
from bot.commands import Permission
from bot.errors import GoneError
from bot.events import TIMER, Issue, Thread
from bot.features import needs_info as feature
from bot.features.needs_info import NeedsInfoSection
from bot.reads import PostedComment
from bot.rendering import code
from bot.triage.forms import Field, FieldKind, Form, Forms, read_forms
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from bot.triage.waiting import DAY, Question
from tests.fixtures.events import Json, account, comment_event, event, issue
from tests.triage.forms.examples import FORM

HERE = Thread("octo/models", 7)
SECTION = NeedsInfoSection()
NOW = time.time()
VAGUE = {"title": "Crash when loading", "body": "it fails"}
COMPLETE = """It crashes when loading.

Python 3.11, torch 2.5.1

```python
load("model")
```

Traceback (most recent call last):
ValueError: no such file
"""
UNANSWERED = """\
### Your current environment

_No response_

### Python version

_No response_

### How did you install it?

pip

### Log output

_No response_

### Before you submit

- [x] I searched for the same [issue](https://example.org)
"""


def question(*asked: str, since: float = NOW, **more: Any) -> Question:
    return Question(
        login="bob", asked=asked or ("Versions", "Python", "Code", "Traceback"), since=since, **more
    )


def form_of(*labels: str) -> Forms:
    """A form that requires an answer below each label."""
    fields = tuple(Field(label, FieldKind.TEXTAREA, required=True) for label in labels)
    return Forms((Form("form.yml", "Form", fields),))


@dataclass
class World:
    """What can be read: the repository's forms, what is remembered, and the issue as it is now."""

    kept: Question | None = None
    forms: Forms = field(default_factory=Forms)
    prediction: Prediction = field(default_factory=lambda: Prediction((), None))
    held: Permission = Permission.READ
    own: frozenset[str] = frozenset()
    now: Json | None = field(default_factory=lambda: issue(**VAGUE))
    said: list[PostedComment] = field(default_factory=list)

    async def issue_forms(self, repository: str) -> Forms:
        return self.forms

    async def predicted_labels(self, thread: Thread, one: PastIssue) -> Prediction:
        return self.prediction

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        assert name == "needs-info"
        return {"question": self.kept.model_dump()} if self.kept else {}

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        return self.own

    async def issue(self, repository: str, number: int) -> Issue:
        if self.now is None:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.now)

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        return self.said


async def opened(
    world: World | None = None, section: NeedsInfoSection = SECTION, **fields: Any
) -> Sequence[Action]:
    happened = event("issues", "opened", issue=issue(**{**VAGUE, **fields}))
    return await feature.opened(happened, section, world or World())


async def edited(world: World, section: NeedsInfoSection = SECTION, **fields: Any) -> Sequence[Action]:
    return await feature.edited(event("issues", "edited", issue=issue(**{**VAGUE, **fields})), section, world)


async def replied(world: World, body: str, author: str = "bob", **about: Any) -> Sequence[Action]:
    happened = comment_event(body, author=author, about=issue(**{**VAGUE, **about}))
    return await feature.commented(happened, SECTION, world)


async def rang(world: World, section: NeedsInfoSection = SECTION) -> Sequence[Action]:
    return await feature.silent(event(TIMER, "needs-info.silence", issue={"number": 7}), section, world)


def words(actions: Sequence[Action]) -> str:
    (one,) = [action for action in actions if isinstance(action, SetSection)]
    return one.body


def kept(actions: Sequence[Action]) -> Question | None:
    (one,) = [action for action in actions if isinstance(action, Remember)]
    return Question.model_validate(one.value) if one.value is not None else None


def kinds(actions: Sequence[Action]) -> set[str]:
    return {action.kind for action in actions}


CLEARED = {"remove_labels", "set_timer", "remember", "set_section"}


# Asking.


async def test_a_vague_bug_report_is_asked_once_for_exactly_what_it_lacks() -> None:
    actions = await opened()
    assert [action.labels for action in actions if isinstance(action, AddLabels)] == [("needs-info",)]
    assert words(actions).count("\n- ") == 4
    assert "@" not in words(actions)
    asked = kept(actions)
    assert asked is not None
    (timer,) = [action for action in actions if isinstance(action, SetTimer)]
    assert timer.due == asked.since + 14 * DAY


@pytest.mark.parametrize(
    ("missing", "asked"),
    [
        ("torch 2.5.1", "versions of the framework"),
        ("Python 3.11, ", "version of Python"),
        ('load("model")', "shortest code"),
        ("Traceback (most recent call last):\nValueError: no such file", "whole error message"),
    ],
)
async def test_one_thing_that_lacks_is_asked_for_alone(missing: str, asked: str) -> None:
    said = words(await opened(body=COMPLETE.replace(missing, "")))
    assert said.count("\n- ") == 1
    assert asked in said
    assert "to add it" in said


@pytest.mark.parametrize("body", [COMPLETE, "Thank you all"])
async def test_an_issue_that_lacks_nothing_is_left_in_peace(body: str) -> None:
    title = "Greetings" if body != COMPLETE else "Crash"
    assert await opened(title=title, body=body) == []


async def test_a_form_is_asked_about_in_its_own_words() -> None:
    world = World(forms=read_forms({".github/ISSUE_TEMPLATE/bug.yml": FORM}))
    said = words(await opened(world, title="[Bug]: x", body=UNANSWERED))
    assert "- `Your current environment` has no answer yet. Paste the output of the command." in said
    assert "- `Python version` has no answer yet\n" in said
    assert "versions of the framework" not in said


@pytest.mark.parametrize("kind", ["feature", "question", "docs"])
async def test_what_the_repositorys_history_takes_for_no_bug_is_asked_for_nothing(kind: Any) -> None:
    assert await opened(World(prediction=Prediction((), kind, 0.9))) == []
    assert await opened(World(prediction=Prediction((), kind, 0.5)))
    assert await opened(World(prediction=Prediction((), kind, 0.0, by_rule=True))) == []


async def test_a_repository_that_is_not_about_ai_asks_only_about_ai() -> None:
    section = NeedsInfoSection(assume_ai=False)
    assert await opened(section=section) == []
    assert await opened(section=section, body="it fails with torch")


@pytest.mark.parametrize(
    ("ask_members", "held", "asked"),
    [(True, Permission.ADMIN, True), (False, Permission.TRIAGE, False), (False, Permission.READ, True)],
)
async def test_maintainers_are_not_asked_about_their_own_issues_where_that_is_configured(
    ask_members: bool, held: Permission, asked: bool
) -> None:
    actions = await opened(World(held=held), NeedsInfoSection(ask_members=ask_members))
    assert bool(actions) is asked


@pytest.mark.parametrize(
    "fields",
    [{"user": account("dependabot[bot]")}, {"user": None}, {"state": "closed"}, {"locked": True}],
    ids=["bot", "ghost", "closed", "locked"],
)
async def test_who_cannot_answer_is_not_asked(fields: Json) -> None:
    assert await opened(**fields) == []


async def test_an_issue_from_another_repository_is_not_asked_again() -> None:
    moved = event("issues", "opened", issue=issue(**VAGUE), changes={"old_issue": {"number": 1}})
    assert await feature.opened(moved, SECTION, World()) == []


@pytest.mark.parametrize(
    "label", ["@everyone [x](http://evil) <b>", "Please download https://evil.example", "` www.evil.example"]
)
async def test_the_labels_of_a_form_are_repeated_as_code(label: str) -> None:
    said = words(await opened(World(forms=form_of(label)), body=f"### {label}\n\n_No response_\n"))
    (item,) = [line for line in said.split("\n") if line.startswith("- ")]
    assert item == f"- {code(label)} has no answer yet"
    (block,) = [block for block in MarkdownIt("commonmark").parse(item) if block.children]
    assert [child.type for child in block.children or []] == ["code_inline", "text"]


async def test_of_many_questions_the_first_eight_are_named() -> None:
    labels = [f"Question {number}" for number in range(12)]
    body = "".join(f"### {label}\n\n_No response_\n\n" for label in labels)
    said = words(await opened(World(forms=form_of(*labels)), body=body))
    assert "`Question 7`" in said
    assert "`Question 8`" not in said
    assert "- and 4 more without an answer" in said


# Answers.


async def test_an_edit_that_brings_everything_takes_the_question_back() -> None:
    actions = await edited(World(question()), body=COMPLETE)
    assert kinds(actions) == CLEARED
    assert (words(actions), kept(actions)) == ("", None)


async def test_an_edit_that_brings_a_part_is_asked_for_the_rest_and_waits_anew() -> None:
    actions = await edited(World(question(since=NOW - 10 * DAY)), body="Python 3.11, torch 2.5.1")
    assert words(actions).count("\n- ") == 2
    rest = kept(actions)
    assert rest is not None
    assert rest.asked == ("Traceback", "Code")
    assert rest.since >= NOW


async def test_an_edit_asks_for_nothing_more() -> None:
    actions = await edited(World(question("Python")), body="it fails on CUDA when I load the model")
    assert words(actions).count("\n- ") == 1


@pytest.mark.parametrize(
    "world", [World(), World(question(), now=None)], ids=["never asked", "closed by a person"]
)
async def test_an_edit_of_an_issue_nobody_waits_for_starts_nothing(world: World) -> None:
    state = "open" if world.now else "closed"
    assert await edited(world, state=state, body="still nothing") == []


async def test_a_reply_of_the_author_ends_the_waiting_and_what_it_brings_is_not_asked_for() -> None:
    actions = await replied(World(question()), "Python 3.11 and torch 2.5.1")
    assert kinds(actions) == CLEARED
    heard = kept(actions)
    assert heard is not None
    assert heard.asked == ("Traceback", "Code")
    assert SECTION.patience.due(heard) is None
    assert "Thank you for the reply, bob" in words(actions)
    assert words(actions).count("\n- ") == 2


async def test_a_reply_that_brings_everything_takes_the_question_back() -> None:
    for reply in (COMPLETE, "Here: https://gist.github.com/bob/0123456789abcdef"):
        actions = await replied(World(question()), reply)
        assert (words(actions), kept(actions)) == ("", None)


async def test_a_reply_without_what_was_asked_for_ends_the_waiting_as_well() -> None:
    actions = await replied(World(question()), "Where do I find that?")
    assert "remove_labels" in kinds(actions)
    assert words(actions).count("\n- ") == 4


@pytest.mark.parametrize(
    ("body", "author"), [("any news?", "alice"), ("/help", "bob"), ("> quoted", "bob"), ("x", "bob[bot]")]
)
async def test_what_is_no_reply_of_the_author_changes_nothing(body: str, author: str) -> None:
    assert await replied(World(question()), body, author) == []


async def test_a_comment_on_an_issue_nobody_was_asked_about_changes_nothing() -> None:
    assert await replied(World(), "Python 3.11") == []


@pytest.mark.parametrize("action", ["closed", "reopened", "unlabeled"])
async def test_a_persons_decision_takes_the_question_back(action: str) -> None:
    happened = event("issues", action, issue=issue(), label={"name": "Needs-Info"}, sender=account("alice"))
    actions = await feature.decided(happened, SECTION, World(question(closed=True)))
    assert kinds(actions) == CLEARED
    assert "alice" in actions[0].reason


async def test_another_label_that_is_taken_off_changes_nothing() -> None:
    happened = event("issues", "unlabeled", issue=issue(), label={"name": "bug"})
    assert await feature.decided(happened, SECTION, World(question())) == []


async def test_an_issue_that_is_gone_is_forgotten() -> None:
    happened = event("issues", "deleted", issue=issue())
    assert kinds(await feature.gone(happened, SECTION, World(question()))) == {"remember", "set_timer"}
    assert await feature.gone(happened, SECTION, World()) == []


# Silence.

LATE = question(since=NOW - 15 * DAY)
CLOSING = NeedsInfoSection(close_after_days=7)


async def test_silence_is_answered_with_one_reminder_that_mentions_the_author_once() -> None:
    actions = await rang(World(LATE))
    assert words(actions).count("@bob") == 1
    assert "closed" not in words(actions)
    assert "set_timer" not in kinds(actions)
    reminded = kept(actions)
    assert reminded is not None
    assert await rang(World(reminded)) == []


async def test_the_reminder_names_the_day_where_the_repository_asks_for_closing() -> None:
    actions = await rang(World(LATE), CLOSING)
    reminded = kept(actions)
    assert reminded is not None
    assert reminded.last_day is not None
    day = datetime.fromtimestamp(reminded.last_day, UTC)
    assert f"by {day.day} {day:%B %Y} it is closed" in words(actions)
    assert [action.due for action in actions if isinstance(action, SetTimer)] == [reminded.closes]
    assert "set_state" not in kinds(actions)


async def test_after_the_day_that_was_named_the_issue_is_closed_and_the_words_say_how_to_open_it() -> None:
    late = question(since=NOW - 30 * DAY, reminded=NOW - 15 * DAY, closes=NOW - DAY)
    actions = await rang(World(late), CLOSING)
    (closed,) = [action for action in actions if isinstance(action, SetState)]
    assert (closed.state, closed.why) == ("closed", "not_planned")
    assert "reply here with them and this issue opens again by itself" in words(actions)
    assert await rang(World(late)) == [], "closing was switched off meanwhile"


async def test_the_authors_reply_opens_what_was_closed_for_waiting() -> None:
    actions = await replied(World(question(closed=True, closes=NOW)), "Python 3.11", state="closed")
    assert [action.state for action in actions if isinstance(action, SetState)] == ["open"]
    assert [action.labels for action in actions if isinstance(action, RemoveLabels)] == [("needs-info",)]


async def test_what_a_person_closed_is_not_opened() -> None:
    assert await replied(World(question()), "Python 3.11", state="closed") == []


async def test_a_reply_that_the_bot_missed_counts_before_anybody_is_bothered() -> None:
    said = PostedComment(1, "bob", "Python 3.11 and torch 2.5.1", created_at=datetime.now(UTC))
    actions = await rang(World(LATE, said=[said]))
    assert "Thank you for the reply, bob" in words(actions)
    others = PostedComment(2, "alice", "any news?", created_at=datetime.now(UTC))
    before = PostedComment(3, "bob", "earlier", created_at=datetime.fromtimestamp(LATE.since - 1, UTC))
    assert "@bob" in words(await rang(World(LATE, said=[others, before])))


@pytest.mark.parametrize(
    ("now", "own"),
    [
        (issue(**VAGUE, state="closed"), frozenset()),
        (issue(**VAGUE, locked=True), frozenset()),
        (issue(**VAGUE), frozenset({"Needs-Info"})),
        (issue(title="Crash", body=COMPLETE), frozenset()),
    ],
    ids=["closed", "locked", "label taken off", "complete"],
)
async def test_nobody_is_reminded_who_is_not_waited_for(now: Json, own: frozenset[str]) -> None:
    actions = await rang(World(LATE, now=now, own=own))
    assert kinds(actions) == CLEARED
    assert words(actions) == ""


@pytest.mark.parametrize("now", [None, issue(number=8)], ids=["deleted", "moved"])
async def test_an_issue_that_is_not_there_any_more_is_forgotten(now: Json | None) -> None:
    assert kinds(await rang(World(LATE, now=now))) == {"remember", "set_timer"}


async def test_a_timer_that_rings_too_early_is_set_again() -> None:
    (timer,) = await rang(World(question(since=NOW - DAY)))
    assert isinstance(timer, SetTimer)
    assert timer.due == NOW + 13 * DAY
    assert await rang(World()) == []
