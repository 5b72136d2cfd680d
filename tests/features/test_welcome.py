from __future__ import annotations

from typing import Any

import pytest

from bot.actions import SetSection
from bot.errors import UnusableFileError
from bot.features.welcome import WelcomeSection, pull_request_opened
from tests.fixtures.events import account, event, pull_request


class Project:
    """A default branch with or without a guide."""

    def __init__(self, guide: str | UnusableFileError | None) -> None:
        self.guide = guide
        self.place = "CONTRIBUTING.md"
        self.read: list[str] = []

    async def kept_file(self, repository: str, path: str) -> str | None:
        self.read.append(path)
        if isinstance(self.guide, UnusableFileError):
            raise self.guide
        return self.guide if path == self.place else None


async def said(
    section: WelcomeSection | None = None, project: Project | None = None, **pull: Any
) -> list[str]:
    happened = event("pull_request", "opened", pull_request=pull_request(**pull))
    reads = project or Project("# How to contribute\n")
    actions = await pull_request_opened(happened, section or WelcomeSection(), reads)
    return [action.body for action in actions if isinstance(action, SetSection)]


@pytest.mark.parametrize("association", ["FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"])
async def test_a_first_pull_request_is_welcomed(association: str) -> None:
    (words,) = await said(author_association=association)
    assert "Welcome, bob" in words
    assert "https://github.com/octo/models/blob/main/CONTRIBUTING.md" in words


@pytest.mark.parametrize(
    "association", ["NONE", "CONTRIBUTOR", "COLLABORATOR", "MEMBER", "OWNER", "MANNEQUIN"]
)
async def test_everybody_else_is_not_and_nothing_is_read_for_them(association: str) -> None:
    project = Project("# How to contribute\n")
    assert await said(project=project, author_association=association) == []
    assert project.read == []


@pytest.mark.parametrize("user", [account("renovate[bot]"), None])
async def test_machines_and_deleted_accounts_are_not_welcomed(user: Any) -> None:
    assert await said(author_association="FIRST_TIMER", user=user) == []


@pytest.mark.parametrize("place", [".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md"])
async def test_a_guide_is_found_where_github_finds_it(place: str) -> None:
    project = Project("# How to contribute\n")
    project.place = place
    (words,) = await said(project=project, author_association="FIRST_TIMER")
    assert f"(https://github.com/octo/models/blob/main/{place})" in words


async def test_the_words_are_the_same_for_a_draft_since_they_stay_when_it_is_none_any_more() -> None:
    assert await said(author_association="FIRST_TIMER", draft=True) == await said(
        author_association="FIRST_TIMER"
    )


@pytest.mark.parametrize(
    "guide", [None, "", UnusableFileError("CONTRIBUTING.md", "is a folder", "Put a file there.")]
)
async def test_a_guide_that_is_not_there_is_not_linked(guide: Any) -> None:
    project = Project(guide)
    (words,) = await said(project=project, author_association="FIRST_TIMER")
    assert "guide" not in words
    assert words.endswith("a maintainer merges it.\n")
    assert project.read == [".github/CONTRIBUTING.md", "CONTRIBUTING.md", "docs/CONTRIBUTING.md"]


async def test_the_guide_can_be_named() -> None:
    project = Project(None)
    section = WelcomeSection(guide="https://docs.example.org")
    (words,) = await said(section, project, author_association="FIRST_TIMER")
    assert "(https://docs.example.org)" in words
    assert project.read == []


async def test_nobody_is_promised_checks_that_a_maintainer_has_to_start() -> None:
    (words,) = await said(author_association="FIRST_TIME_CONTRIBUTOR")
    assert "a maintainer may have to start them" in words
