from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pydantic import ValidationError

from bot.actions import (
    Action,
    HideText,
    MinimizeComment,
    OpenDiscussion,
    Remember,
    SetLock,
    SetSection,
    SetTimer,
    ShowAgain,
    TransferIssue,
)
from bot.commands import Permission
from bot.errors import GoneError, UserError
from bot.events import TIMER, Issue, Repository, Thread
from bot.features import routing as feature
from bot.features.routing import OWNERS_SECTION, category_of, target_of
from bot.features.routing.owners import components_of
from bot.features.routing.quoting import quoted
from bot.features.routing.section import RoutingSection
from bot.reads import DiscussionCategory, DiscussionForum, PostedComment
from bot.triage.disclosure import HIDDEN
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from tests.fixtures.events import Json, account, call, event, issue, repository
from tests.triage.test_disclosure import REPORT

SECTION = RoutingSection()
OWNED = RoutingSection(owners={"Component: tokenizer": ("@octo/nlp", "carol"), "docs": ("carol", "dave")})
GENERAL = DiscussionCategory("C1", "General", "general", False)
QUESTIONS = DiscussionCategory("C2", "Q&A", "q-a", True)
POLLS = DiscussionCategory("C3", "Polls", "polls", False)
FORUM = DiscussionForum("R", True, (GENERAL, QUESTIONS, POLLS))
BUG = Prediction((), "bug", 0.9)
EXPOSED = issue(title="RCE in load_model", body=REPORT)


@dataclass
class World:
    """What can be read."""

    issues: dict[int, Json] = field(default_factory=lambda: {7: issue()})
    said: list[PostedComment] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    prediction: Prediction = BUG
    repositories: dict[str, Json] = field(default_factory=lambda: {"octo/docs": repository("octo/docs")})
    held: Permission = Permission.WRITE
    forum: DiscussionForum = FORUM

    async def issue(self, where: str, number: int) -> Issue:
        if number not in self.issues:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.issues[number])

    async def comments(self, where: str, number: int) -> list[PostedComment]:
        return self.said

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        return self.kept

    async def predicted_labels(self, thread: Thread, about: PastIssue) -> Prediction:
        return self.prediction

    async def repository(self, name: str) -> Repository:
        if name not in self.repositories:
            raise GoneError("Not Found", 404)
        return Repository.model_validate(self.repositories[name])

    async def permission(self, where: str, login: str) -> Permission:
        return self.held

    async def discussion_categories(self, where: str) -> DiscussionForum:
        return self.forum


async def opened(
    about: Json, section: RoutingSection = SECTION, world: World | None = None, **more: Any
) -> Sequence[Action]:
    return await feature.issue_opened(
        event("issues", "opened", issue=about, **more), section, world or World()
    )


def only(actions: Sequence[Action], kind: type[Action]) -> Any:
    (one,) = [action for action in actions if isinstance(action, cast(Any, kind))]
    return one


# Security reports.


async def test_a_clear_report_is_taken_out_of_view_and_locked_at_once() -> None:
    plan = await opened(EXPOSED)
    hidden = only(plan, HideText)
    assert hidden.body.startswith(HIDDEN)
    assert "https://github.com/octo/models/security/advisories/new" in hidden.body
    assert "@bob" in hidden.body
    assert "edit history" in hidden.body
    assert only(plan, SetLock).locked
    assert only(plan, Remember).value == {"by": ""}


async def test_nothing_of_a_hidden_text_is_repeated_anywhere_in_the_plan() -> None:
    everything = " ".join(action.model_dump_json() for action in await opened(EXPOSED))
    for words in ("RCE", "load_model", "unpickles", "Exploit", "CVSS:3.1"):
        assert words not in everything


async def test_where_only_suggestions_are_wanted_nothing_is_hidden() -> None:
    (said,) = await opened(EXPOSED, RoutingSection(security="suggest"))
    assert isinstance(said, SetSection)
    assert "report it privately" in said.body
    assert await opened(EXPOSED, RoutingSection(security="off")) == []


async def test_a_doubtful_report_is_pointed_to_private_reporting_and_stays() -> None:
    (said,) = await opened(issue(title="Security issue in load_model", body="It seems unsafe"))
    assert isinstance(said, SetSection)
    assert "/security" in said.body


@pytest.mark.parametrize(
    "more",
    [
        {"author_association": "MEMBER"},
        {"author_association": "OWNER"},
        {"user": account("scanner[bot]")},
        {"user": None},
        {"pull_request": {}},
        {"body": f"{HIDDEN}\n{REPORT}"},
    ],
)
async def test_reports_of_the_house_of_bots_and_hidden_ones_are_left_alone(more: Json) -> None:
    assert await opened({**EXPOSED, **more}) == []


async def test_a_private_repository_has_no_public_view() -> None:
    assert await opened(EXPOSED, repository=repository(private=True)) == []
    private = call("/security")
    private.event.payload.repository = Repository.model_validate(repository(private=True))
    with pytest.raises(UserError, match="private"):
        await feature.security_said(private, SECTION, World())


async def test_another_address_for_reports_is_the_only_one_named() -> None:
    plan = await opened(EXPOSED, RoutingSection(report_to="mailto:security@octo.example"))
    body = only(plan, HideText).body
    assert "mailto:security@octo.example" in body
    assert "github.com" not in body


async def test_a_maintainer_takes_any_issue_out_of_view_with_the_reporters_comments() -> None:
    said = [
        PostedComment(1, "bob", "the exploit", "IC_1"),
        PostedComment(2, "alice", "thank you", "IC_2"),
        *(PostedComment(n, "bob", "more", f"IC_{n}") for n in range(3, 33)),
    ]
    plan = await feature.security_said(call("/security", author="alice"), SECTION, World(said=said))
    assert "alice marked this" in only(plan, HideText).body
    folded = [one.node for one in plan if isinstance(one, MinimizeComment)]
    assert folded == [f"IC_{n}" for n in range(13, 33)]


async def test_what_is_hidden_already_is_not_hidden_again() -> None:
    with pytest.raises(UserError, match="already"):
        await feature.security_said(call("/security", about=issue(body=HIDDEN)), SECTION, World())


async def edited(about: Json, before: str, **kept: Any) -> Sequence[Action]:
    changed = event("issues", "edited", issue=about, changes={"body": {"from": before}})
    return await feature.issue_edited(changed, SECTION, World(kept=kept))


async def test_an_edit_that_makes_a_report_of_an_issue_hides_it() -> None:
    assert only(await edited(EXPOSED, "It crashes"), HideText)


async def test_what_a_person_brought_back_stays_and_is_not_hidden_again() -> None:
    assert [type(one) for one in await edited(EXPOSED, f"{HIDDEN}\nnotice")] == [ShowAgain]
    assert await edited(EXPOSED, "almost the same", hidden={"by": ""}) == []


async def test_an_edit_of_another_kind_is_passed_over() -> None:
    assert await edited(issue(), "It crashed") == []
    nothing = event("issues", "edited", issue=EXPOSED, changes={})
    assert await feature.issue_edited(nothing, SECTION, World()) == []


# Questions.


async def test_a_question_is_told_where_questions_are_answered_when_that_is_said() -> None:
    asking = RoutingSection(question="https://docs.octo.example/faq")
    for told in (Prediction((), "question", 0.5, by_rule=True), Prediction((), "question", 0.9)):
        (said,) = await opened(issue(), asking, World(prediction=told))
        assert isinstance(said, SetSection)
        assert "https://docs.octo.example/faq" in said.body
    for other in (Prediction((), "question", 0.5), Prediction((), None), Prediction((), "bug", 1.0)):
        assert await opened(issue(), asking, World(prediction=other)) == []
    assert await opened(issue(), SECTION, World(prediction=Prediction((), "question", 1.0))) == []


# Owners.


def labelled(*names: str, **more: Any) -> Json:
    return issue(labels=[{"name": name} for name in names], **more)


async def rings(about: Json, **kept: Any) -> Sequence[Action]:
    ring = event(TIMER, f"routing.{feature.OWNERS}", issue={"number": 7})
    return await feature.labels_have_come(ring, OWNED, World(issues={7: about}, kept=kept))


async def test_owners_are_told_once_an_issue_has_its_labels() -> None:
    (timer,) = await opened(issue(), OWNED)
    assert isinstance(timer, SetTimer)
    plan = await rings(labelled("component: Tokenizer", "docs"))
    section = only(plan, SetSection)
    assert section.section == OWNERS_SECTION
    assert "- `component: Tokenizer`: @octo/nlp, @carol\n" in section.body
    assert "- `docs`: @dave, carol\n" in section.body
    assert only(plan, Remember).value == {"told": ["octo/nlp", "carol", "dave"]}


async def test_nobody_is_called_twice() -> None:
    told = {"told": ["octo/nlp", "carol"]}
    assert await rings(labelled("component: tokenizer"), owners=told) == []
    body = only(await rings(labelled("component: tokenizer", "docs"), owners=told), SetSection).body
    assert "@carol" not in body
    assert "@octo/nlp" not in body
    assert "@dave" in body


async def test_those_who_are_there_already_are_not_called() -> None:
    there = labelled("docs", user=account("Carol"), assignees=[account("dave")])
    assert await rings(there) == []
    body = only(await by_hand("docs", sender="dave"), SetSection).body
    assert "@carol" in body
    assert "@dave" not in body


async def by_hand(name: str, sender: str = "alice") -> Sequence[Action]:
    named = event("issues", "labeled", issue=labelled(name), label={"name": name}, sender=account(sender))
    return await feature.issue_labelled(named, OWNED, World())


async def test_a_label_somebody_adds_is_told_at_once_and_others_are_nothing() -> None:
    assert only(await by_hand("Docs"), SetSection)
    assert await by_hand("bug") == []


async def test_closed_hidden_moved_and_lost_issues_call_nobody() -> None:
    assert await rings(labelled("docs", state="closed")) == []
    assert await rings(labelled("docs", body=HIDDEN)) == []
    assert await rings(labelled("docs", number=8)) == []
    ring = event(TIMER, f"routing.{feature.OWNERS}", issue={"number": 7})
    assert await feature.labels_have_come(ring, OWNED, World(issues={})) == []


@pytest.mark.parametrize("name", ["@everyone here", "octo/nlp/x", "", "@", "a/b c", "x\n@all"])
def test_an_owner_that_is_no_name_is_an_error_in_the_file(name: str) -> None:
    with pytest.raises(ValidationError):
        RoutingSection(owners={"docs": (name,)})


@given(
    st.lists(st.sampled_from(["docs", "Component: tokenizer", "x"])),
    st.lists(st.sampled_from(["dave", "carol"])),
)
def test_who_is_called_is_called_once_and_never_was_before(labels: list[str], told: list[str]) -> None:
    found = components_of(labels, OWNED.owners, told)
    called = [one for component in found for one in component.called]
    assert len(called) == len(set(called))
    assert not set(called) & set(told)


# Elsewhere.


async def test_an_issue_is_moved_by_somebody_who_may_write_on_both_sides() -> None:
    for written in ("octo/docs", "docs", "OCTO/docs"):
        moved = only(
            await feature.transfer_asked(call(f"/transfer {written}"), SECTION, World()), TransferIssue
        )
        assert moved.target == "octo/docs"


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("acme/docs", "one owner"),
        ("https://github.com/octo/docs", "one owner"),
        ("octo/models", "already"),
        ("octo/secret", "cannot move it"),
        ("octo/old", "archived"),
    ],
)
async def test_an_issue_goes_nowhere_it_cannot_go(written: str, answer: str) -> None:
    old = repository("octo/old", archived=True)
    with pytest.raises(UserError, match=answer):
        await feature.transfer_asked(
            call(f"/transfer {written}"), SECTION, World(repositories={"octo/old": old})
        )


async def test_who_may_not_write_there_is_told_no_more_than_where_there_is_nothing() -> None:
    answers = []
    for world in (World(held=Permission.READ), World(repositories={})):
        with pytest.raises(UserError) as refused:
            await feature.transfer_asked(call("/transfer octo/docs"), SECTION, world)
        answers.append(str(refused.value))
    assert len(set(answers)) == 1


async def test_a_private_issue_does_not_become_public() -> None:
    private = call("/transfer octo/docs")
    private.event.payload.repository = Repository.model_validate(repository(private=True))
    with pytest.raises(UserError, match="private"):
        await feature.transfer_asked(private, SECTION, World())


async def convert(words: str = "/convert", about: Json | None = None, **world: Any) -> OpenDiscussion:
    plan = await feature.convert_asked(call(words, author="alice", about=about), SECTION, World(**world))
    opened = only(plan, OpenDiscussion)
    assert isinstance(opened, OpenDiscussion)
    return opened


async def test_an_issue_becomes_a_discussion_that_names_its_author_and_calls_nobody() -> None:
    about = issue(title="How do I\n load?", body="Ask @carol\n\n```python\n@dataclass\n```")
    discussion = await convert(about=about)
    assert (discussion.category, discussion.title, discussion.closes) == ("q-a", "How do I load?", True)
    assert "**bob** asked in octo/models#7:" in discussion.body
    assert "> Ask @\u200bcarol" in discussion.body
    assert "> @dataclass" in discussion.body
    assert "{address}" in discussion.told


async def test_the_category_is_the_one_that_is_named() -> None:
    assert (await convert("/convert General")).category == "general"
    assert (await convert("/convert Q&A")).category == "q-a"
    with pytest.raises(UserError, match=r"`General` or `Q&A`"):
        await convert("/convert Polls")
    with pytest.raises(UserError, match="Which category"):
        await convert(forum=DiscussionForum("R", True, (GENERAL,)))
    assert category_of((GENERAL,), "general") == GENERAL


async def test_what_cannot_become_a_discussion_is_said_so() -> None:
    with pytest.raises(UserError, match="no discussions"):
        await convert(forum=DiscussionForum("R", False, ()))
    with pytest.raises(UserError, match="closed"):
        await convert(about=issue(state="closed"))
    with pytest.raises(UserError, match="out of public view"):
        await convert(about=issue(body=HIDDEN))


def test_a_target_is_a_repository_of_the_same_owner() -> None:
    assert target_of("docs", "octo/models") == "octo/docs"
    for none in ("", "/", "octo/", "a/b/c", "acme/docs", "octo/d ocs"):
        assert target_of(none, "octo/models") is None


@given(st.text(alphabet=st.sampled_from("@a`~ \n>-*[]<!"), max_size=60))
def test_a_quote_calls_nobody_outside_code(text: str) -> None:
    live = []
    for block in MarkdownIt("commonmark").parse(quoted(text)):
        live += [one.content for one in block.children or [] if one.type == "text"]
    assert "@a" not in " ".join(live)


@given(st.text(max_size=2000))
def test_no_text_trips_the_quoting_and_every_line_is_quoted(text: str) -> None:
    assert all(line.startswith(">") for line in quoted(text).split("\n"))
