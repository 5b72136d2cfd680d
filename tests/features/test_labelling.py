from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions import Action, AddLabels, RemoveLabels
from bot.commands import ADMIN, ANYONE, AUTHOR, TRIAGE, WRITE, Permission, Who
from bot.config import load
from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.features import FEATURES, sections
from bot.features.labelling import (
    Group,
    LabellingSection,
    Rule,
    Wanted,
    groups_of,
    label_asked,
    may_use,
    sort_out,
    unlabel_asked,
)
from tests.fixtures.events import account, call, issue

KNOWN = frozenset({"bug", "Good First Issue", "needs-info", "area/docs", "a, b", "-odd"})


class Repository:
    def __init__(self, held: Permission) -> None:
        self.held = held

    async def label_names(self, repository: str) -> frozenset[str]:
        return KNOWN

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held


async def ask(
    command: str, held: Permission = Permission.TRIAGE, section: LabellingSection | None = None
) -> Sequence[Action]:
    handler = unlabel_asked if command.startswith("/un") else label_asked
    asked = call(command, author="bob", about=issue(user=account("carol")))
    return await handler(asked, section or LabellingSection(), Repository(held))


async def test_labels_are_added_in_the_repositorys_spelling() -> None:
    (added,) = await ask('/label BUG "good first issue"')
    assert isinstance(added, AddLabels)
    assert added.labels == ("bug", "Good First Issue")


@pytest.mark.parametrize("command", ["/label -needs-info", "/unlabel needs-info", "/unlabel -needs-info"])
async def test_labels_are_removed(command: str) -> None:
    (removed,) = await ask(command)
    assert isinstance(removed, RemoveLabels)
    assert removed.labels == ("needs-info",)


async def test_one_command_adds_and_removes() -> None:
    added, removed = await ask("/label bug -needs-info")
    assert (added.kind, removed.kind) == ("add_labels", "remove_labels")


async def test_a_label_that_does_not_exist_is_never_added_and_the_nearest_is_offered() -> None:
    with pytest.raises(UserError) as refused:
        await ask("/label bugg @octo/everyone bug")
    words = str(refused.value)
    assert "No label was changed" in words
    assert "There is no label `bugg` here. Did you mean `bug`?" in words
    assert "`@octo/everyone`" in words


async def test_without_permission_nothing_is_changed_and_the_rules_are_told() -> None:
    with pytest.raises(UserError) as refused:
        await ask("/label bug", Permission.READ)
    assert "`bug` is not yours to change here" in str(refused.value)
    assert "People with triage permission can change all labels" in str(refused.value)


async def test_a_repository_lets_others_change_some_labels() -> None:
    section = LabellingSection(
        allow=(Rule(who=Group.WRITE, labels=("*",)), Rule(who=Group.ANYONE, labels=("area/*",)))
    )
    assert await ask("/label area/docs", Permission.READ, section)
    with pytest.raises(UserError, match=r"Anyone can change `area/\*`"):
        await ask("/label area/docs bug", Permission.READ, section)


async def test_the_author_has_rules_of_their_own() -> None:
    section = LabellingSection(allow=(Rule(who=Group.AUTHOR, labels=("bug",)),))
    own = call("/label bug", author="bob", about=issue(user=account("bob")))
    assert await label_asked(own, section, Repository(Permission.READ))
    with pytest.raises(UserError, match="The author can change"):
        await ask("/label bug", Permission.ADMIN, section)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["bug,", "needs-info"], Wanted(add=("bug", "needs-info"))),
        (["bug,needs-info"], Wanted(add=("bug", "needs-info"))),
        (["a, b"], Wanted(add=("a, b",))),
        (["-odd"], Wanted(add=("-odd",))),
        (["--odd"], Wanted(remove=("-odd",))),
        (["bug", "-bug"], Wanted()),
        (["bug", "BUG"], Wanted(add=("bug",))),
    ],
)
def test_what_is_meant(words: list[str], wanted: Wanted) -> None:
    assert sort_out(words, KNOWN) == wanted


@given(st.lists(st.text(max_size=30), max_size=8))
def test_nothing_is_ever_wanted_that_does_not_exist(words: list[str]) -> None:
    wanted = sort_out(words, KNOWN)
    assert KNOWN.issuperset(wanted.add)
    assert KNOWN.issuperset(wanted.remove)
    assert not set(wanted.add) & set(wanted.remove)


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [(("*",), True), (("area/*",), True), (("*", "!area/*"), False), (("!area/*", "*"), True), ((), False)],
)
def test_the_last_entry_that_fits_counts(patterns: tuple[str, ...], fits: bool) -> None:
    rules = [Rule(who=Group.ANYONE, labels=patterns)]
    assert may_use("Area/Docs", groups_of(Permission.NONE, is_author=False), rules) == fits


@pytest.mark.parametrize(
    ("config", "who"),
    [
        ("", TRIAGE),
        ("labelling: {allow: [{who: anyone, labels: [good*]}, {who: write, labels: ['*']}]}", ANYONE),
        ("labelling: {allow: [{who: author, labels: [bug]}, {who: write, labels: ['*']}]}", AUTHOR | WRITE),
        ("labelling: {allow: [{who: anyone, labels: ['!bug']}, {who: admin, labels: ['*']}]}", ADMIN),
        ("labelling: {allow: []}", None),
    ],
)
def test_help_shows_labels_to_those_who_may_change_some(config: str, who: Who | None) -> None:
    table = Dispatcher(FEATURES).table(load(config, None, sections()))
    assert (table["label"].who if "label" in table else None) == who
