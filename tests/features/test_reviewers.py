from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from bot.actions import Action, Remember, Reply, RequestReviews
from bot.commands import Permission
from bot.errors import GoneError, UnusableFileError, UserError
from bot.events import PullRequest, Thread
from bot.features import reviewers as feature
from bot.features.reviewers.search import owners_to_ask
from bot.features.reviewers.section import ReviewersSection
from bot.reads import BlameRange, ChangedFile, PullReview
from tests.fixtures.events import Json, account, call, event, issue, pull_request

FILE = ReviewersSection(file=".github/REVIEWERS")
LINES = "*.py @alice @carol\n/docs/ @dora\n/infra/ @octo/infra ops@example.org\n"

PULL = issue(pull_request={})


@dataclass
class World:
    """What can be read: files of the default branch, what changed, who is what, and what is kept."""

    files: dict[str, str] = field(default_factory=lambda: {".github/REVIEWERS": LINES})
    changed: tuple[ChangedFile, ...] = (ChangedFile("a.py", "modified", additions=3),)
    pull: Json = field(default_factory=pull_request)
    requested: tuple[str, ...] = ()
    waiting: dict[str, int] = field(default_factory=dict)
    reviewed: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    blamed: dict[str, list[tuple[int, int, str, int]]] = field(default_factory=dict)
    kept: dict[tuple[int, str], Json] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        return {key: value for (number, key), value in self.kept.items() if number == thread.number}

    async def changed_files(self, repository: str, number: int) -> tuple[ChangedFile, ...]:
        self.read.append("files")
        return self.changed

    async def kept_file(self, repository: str, path: str) -> str | None:
        self.read.append(path)
        if self.files.get(path) == "unusable":
            raise UnusableFileError(path, "is a folder", "Put a file there.")
        return self.files.get(path)

    async def blame(self, repository: str, commit: str, path: str) -> tuple[BlameRange, ...]:
        self.read.append(f"blame {path}")
        if path not in self.blamed:
            raise GoneError("no such file", 404)
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        return tuple(
            BlameRange(first, last, login, age, "c", moment) for first, last, login, age in self.blamed[path]
        )

    async def open_threads_of(
        self,
        repository: str,
        login: str,
        part: Literal["author", "assignee", "review-requested"] = "assignee",
        kind: Literal["issue", "pr"] = "issue",
    ) -> tuple[int, ...]:
        self.read.append(f"{part} {login}")
        return tuple(range(self.waiting.get(login, 0)))

    async def permission(self, repository: str, login: str) -> Permission:
        self.read.append(f"permission {login}")
        return Permission.READ if login in self.strangers else Permission.WRITE

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        self.read.append("pull")
        return PullRequest.model_validate(
            {"requested_reviewers": [account(login) for login in self.requested], **self.pull}
        )

    async def reviews(self, repository: str, number: int) -> tuple[PullReview, ...]:
        self.read.append("reviews")
        return tuple(PullReview(1, login, "COMMENTED", "c", "", None) for login in self.reviewed)

    async def assignees_allowed(self, repository: str, login: str, number: int | None = None) -> bool:
        return login not in self.strangers

    def keep(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Remember):
                place = (action.number, action.key)
                if action.value is None:
                    self.kept.pop(place, None)
                else:
                    self.kept[place] = action.value


async def opened(
    world: World, section: ReviewersSection = FILE, action: str = "opened", **pull: Any
) -> list[str]:
    """Open a pull request; give who is asked, and keep what is kept."""
    happened = event("pull_request", action, pull_request=pull_request(**pull))
    actions = await feature.pull_request_ready(happened, section, world)
    world.keep(actions)
    return asked(actions)


async def said(
    world: World, command: str, *, by: str = "mia", section: ReviewersSection = FILE
) -> Sequence[Action]:
    handler, _ = next(
        (f, c) for c, f in feature.feature.commands.values() if command.split()[0] == f"/{c.name}"
    )
    actions = await handler(call(command, author=by, about=PULL), section, world)
    world.keep(actions)
    return actions


def asked(actions: Sequence[Action]) -> list[str]:
    return [
        name
        for one in actions
        if isinstance(one, RequestReviews)
        for name in (*one.people, *(f"team {team}" for team in one.teams))
    ]


async def test_without_any_setting_nobody_is_asked_and_nothing_is_read() -> None:
    world = World({"CODEOWNERS": "* @alice\n"})
    assert await opened(world, ReviewersSection()) == []
    assert world.read == []


async def test_of_those_who_own_the_files_one_is_asked_and_then_it_is_the_others_turn() -> None:
    world = World()
    assert [await opened(world, number=number) for number in (7, 8, 9)] == [["alice"], ["carol"], ["alice"]]


async def test_somebody_is_asked_once_for_a_pull_request_however_often_it_becomes_ready() -> None:
    world = World()
    assert await opened(world) == ["alice"]
    assert await opened(world, action="ready_for_review") == []
    assert await opened(world) == []


@pytest.mark.parametrize(
    "pull",
    [{"draft": True}, {"state": "closed"}, {"user": account("renovate[bot]")}, {"user": None}],
    ids=["draft", "closed", "a bot's", "nobody's"],
)
async def test_what_cannot_be_reviewed_yet_or_is_a_machines_is_left_alone(pull: Json) -> None:
    world = World()
    assert await opened(world, **pull) == []
    assert world.read == []


async def test_the_author_is_never_asked_nor_a_machine() -> None:
    world = World({".github/REVIEWERS": "* @Bob @dependabot[bot] @carol\n* @BOB @carol\n"})
    assert await opened(world) == ["carol"]


async def test_who_cannot_approve_is_passed_over() -> None:
    world = World(strangers=("alice",))
    assert await opened(world) == ["carol"]
    assert world.read.count("permission alice") == 1


async def test_the_search_ends_after_six_people() -> None:
    crowd = [f"p{n}" for n in range(20)]
    world = World(
        {".github/REVIEWERS": f"* {' '.join('@' + one for one in crowd)}\n"}, strangers=tuple(crowd)
    )
    assert await opened(world) == []
    assert len([one for one in world.read if one.startswith("permission")]) == 6


async def test_two_are_asked_where_two_shall_be_and_together_they_own_the_most() -> None:
    world = World(
        changed=(
            ChangedFile("a.py", "modified", additions=50),
            ChangedFile("docs/x.md", "added", additions=5),
        )
    )
    assert await opened(world, FILE.model_copy(update={"count": 2})) == ["alice", "dora"]


async def test_people_the_author_asked_count() -> None:
    assert await opened(World(), requested_reviewers=[account("zoe")]) == []
    assert await opened(
        World(), FILE.model_copy(update={"count": 2}), requested_reviewers=[account("zoe")]
    ) == ["alice"]


async def test_a_team_that_owns_the_files_is_asked_as_a_team() -> None:
    world = World(changed=(ChangedFile("infra/x.tf", "added", additions=1),))
    assert await opened(world) == ["team infra"]


async def test_of_a_team_whose_people_are_named_one_is_asked_by_name() -> None:
    section = ReviewersSection(teams={"octo/Infra": ("@ina", "ivo")})
    world = World({"docs/CODEOWNERS": LINES}, (ChangedFile("infra/x.tf", "added", additions=1),))
    assert [await opened(world, section, number=n) for n in (7, 8)] == [["ina"], ["ivo"]]


async def test_whom_github_asks_itself_is_not_asked_again_and_counts() -> None:
    section = ReviewersSection(blame=True)
    world = World({"CODEOWNERS": "* @alice\n"}, blamed={"a.py": [(1, 9, "wim", 1)]})
    assert await opened(world, section) == []
    assert await opened(world, section, number=8, user=account("alice")) == ["wim"]


async def test_code_owners_are_asked_where_that_is_asked_for() -> None:
    world = World({"CODEOWNERS": "* @alice @carol\n"})
    assert await opened(world, ReviewersSection(code_owners=True)) == ["alice"]


async def test_an_owners_file_that_is_no_text_names_nobody() -> None:
    assert await opened(World({".github/REVIEWERS": "unusable"})) == []


async def test_who_wrote_the_lines_is_asked_those_of_late_first_and_at_most_three_files_are_looked_at() -> (
    None
):
    files = tuple(
        ChangedFile(f"{name}.py", "modified", additions=lines, patch="@@ -1,10 +1,10 @@\n")
        for name, lines in (("a", 9), ("b", 8), ("c", 7), ("d", 99_999), ("e", 1))
    )
    world = World(
        {}, files, blamed={"a.py": [(1, 10, "old", 10)], "b.py": [(1, 5, "wim", 1), (6, 10, "", 1)]}
    )
    assert await opened(world, ReviewersSection(blame=True)) == ["old"]
    assert [one for one in world.read if one.startswith("blame")] == [
        "blame d.py",
        "blame a.py",
        "blame b.py",
    ]


async def test_a_new_file_has_no_lines_to_look_up() -> None:
    world = World({}, (ChangedFile("a.py", "added", additions=9),))
    assert await opened(world, ReviewersSection(blame=True)) == []
    assert not [one for one in world.read if one.startswith("blame")]


async def test_who_has_least_to_review_comes_first_where_that_counts() -> None:
    world = World(waiting={"alice": 4, "carol": 1})
    assert await opened(world, FILE.model_copy(update={"load": True})) == ["carol"]


async def test_an_event_that_was_held_up_is_not_believed() -> None:
    world = World(pull=pull_request(state="closed"))
    assert await opened(world, updated_at="2020-01-01T00:00:00Z") == []
    assert world.read == ["pull"]
    assert await opened(World(reviewed=("zoe",)), updated_at="2020-01-01T00:00:00Z") == []
    world.pull = pull_request(requested_reviewers=[account("zoe")])
    assert await opened(world, updated_at="2020-01-01T00:00:00Z") == []
    fresh = datetime.now(UTC).isoformat()
    assert await opened(World(pull=pull_request(state="closed")), updated_at=fresh) == ["alice"]


async def test_who_reviewed_the_draft_counts_once_it_is_ready() -> None:
    assert await opened(World(reviewed=("alice",)), action="ready_for_review") == []
    assert await opened(World(), action="ready_for_review") == ["alice"]


async def test_who_has_reviewed_it_is_not_picked_for_it() -> None:
    assert asked(await said(World(reviewed=("alice",)), "/review")) == ["carol"]


async def test_who_is_away_is_not_picked_until_they_are_back() -> None:
    world, today = World(), datetime.now(UTC).date()
    await said(world, f"/away until={today.isoformat()}", by="Alice")
    assert await opened(world) == ["carol"]
    await said(world, "/back", by="alice")
    assert await opened(world, number=8) == ["alice"]


async def test_an_absence_ends_by_itself() -> None:
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    world = World(kept={(0, "away:alice"): {"until": yesterday}})
    assert await opened(world) == ["alice"]


@pytest.mark.parametrize(
    ("until", "words"),
    [
        ("tomorrow", "is no day"),
        ("2020-02-30", "is no day"),
        ("2020-02-03", "That day is over"),
        ("9999-12-31", "next twelve months"),
    ],
)
async def test_a_day_that_makes_no_sense_is_said_to_make_none(until: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await said(World(), f"/away until={until}")


async def test_review_asks_those_who_are_named() -> None:
    world = World()
    actions = await said(world, "/review @zoe @octo/infra")
    assert asked(actions) == ["zoe", "team infra"]
    assert not [one for one in actions if isinstance(one, Reply)]


async def test_review_says_that_somebody_named_is_away() -> None:
    until = datetime.now(UTC).date() + timedelta(days=3)
    world = World(kept={(0, "away:zoe"): {"until": until.isoformat()}})
    actions = await said(world, "/review @Zoe")
    (reply,) = [one for one in actions if isinstance(one, Reply)]
    assert asked(actions) == ["Zoe"]
    assert f"Zoe is away until {until.day} {until:%B %Y}" in reply.body
    assert "`/reassign @Zoe`" in reply.body


async def test_review_without_a_name_picks_whoever_knows_the_files_whatever_is_on() -> None:
    world = World({"CODEOWNERS": "* @alice\n"}, blamed={"a.py": [(1, 9, "wim", 1)]}, requested=("alice",))
    assert asked(await said(world, "/review", section=ReviewersSection())) == ["wim"]
    assert asked(await said(World({"CODEOWNERS": "* @alice\n"}), "/review", section=ReviewersSection())) == [
        "alice"
    ]


@pytest.mark.parametrize(
    ("command", "world", "words"),
    [
        ("/review @bob", World(), "their own"),
        ("/review @eve", World(strangers=("eve",)), "eve does not"),
        ("/review @octo/x/y", World(), "is no name"),
        ("/review", World({}), "nobody else"),
        ("/review @zoe", World(pull=pull_request(state="closed")), "closed"),
        ("/reassign", World(), "Nobody in particular"),
        ("/reassign @octo/infra", World(), "cannot be replaced"),
        ("/reassign @zoe", World(requested=("alice",)), "alice is asked to review this, and zoe is not"),
        ("/reassign", World(requested=("alice", "carol")), "Say whom"),
        ("/reassign", World({}, requested=("alice",)), "so alice is still asked"),
    ],
)
async def test_what_cannot_be_done_is_said_with_what_can(command: str, world: World, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await said(world, command)


async def test_who_is_let_go_is_never_picked_for_it_again_but_can_be_named() -> None:
    world = World(requested=("alice",))
    ask, *_ = await said(world, "/reassign", by="alice")
    assert isinstance(ask, RequestReviews)
    assert (ask.people, ask.withdrawn) == (("carol",), ("alice",))
    world.requested = ("carol",)
    with pytest.raises(UserError, match="so carol is still asked"):
        await said(world, "/reassign", by="carol")
    assert asked(await said(world, "/review @alice")) == ["alice"]
    assert world.kept[7, "released"] == {"people": []}


async def test_a_maintainer_says_who_is_let_go_where_several_are_asked() -> None:
    world = World(requested=("alice", "zoe"))
    ask, *_ = await said(world, "/reassign @Zoe")
    assert isinstance(ask, RequestReviews)
    assert (ask.people, ask.withdrawn) == (("carol",), ("zoe",))


def test_owners_of_other_organisations_and_addresses_are_nobody_to_ask() -> None:
    found = {"a": ("@other/team", "me@example.org", "@Octo/team", "@alice")}
    mine = owners_to_ask(found, ReviewersSection(code_owners=True), "octo")
    assert (mine.of, mine.asked_by_github) == ({"a": ("@Octo/team", "alice")}, frozenset())
    theirs = owners_to_ask(found, ReviewersSection(blame=True), "octo")
    assert (theirs.of, theirs.asked_by_github) == ({"a": ()}, frozenset({"alice"}))


def test_later_words_about_one_person_win_when_requests_are_joined() -> None:
    here = Thread("octo/models", 7)
    first = RequestReviews(thread=here, people=("a", "b"), withdrawn=("c",), reason="one")
    joined = first.joined(
        RequestReviews(thread=here, people=("c",), withdrawn=("a",), asked=True, reason="two")
    )
    assert (joined.people, joined.withdrawn, joined.asked) == (("b", "c"), ("a",), True)
