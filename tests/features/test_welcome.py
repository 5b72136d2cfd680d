from __future__ import annotations

from typing import Any

import pytest

from bot.features.welcome import WelcomeSection, pull_request_opened
from bot.plan import SetSection
from tests.fixtures.events import account, event, pull_request


async def said(section: WelcomeSection | None = None, **pull: Any) -> list[str]:
    happened = event("pull_request", "opened", pull_request=pull_request(**pull))
    actions = await pull_request_opened(happened, section or WelcomeSection(), None)
    return [action.body for action in actions if isinstance(action, SetSection)]


@pytest.mark.parametrize("association", ["FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"])
async def test_a_first_pull_request_is_welcomed(association: str) -> None:
    (words,) = await said(author_association=association)
    assert "Welcome, bob" in words
    assert "https://github.com/octo/models/blob/main/CONTRIBUTING.md" in words


@pytest.mark.parametrize(
    "association", ["NONE", "CONTRIBUTOR", "COLLABORATOR", "MEMBER", "OWNER", "MANNEQUIN"]
)
async def test_everybody_else_is_not(association: str) -> None:
    assert await said(author_association=association) == []


@pytest.mark.parametrize("user", [account("renovate[bot]"), None])
async def test_machines_and_deleted_accounts_are_not_welcomed(user: Any) -> None:
    assert await said(author_association="FIRST_TIMER", user=user) == []


async def test_a_draft_is_told_what_comes_first() -> None:
    (words,) = await said(author_association="FIRST_TIMER", draft=True)
    assert "Mark it ready for review" in words


async def test_the_guide_can_be_named() -> None:
    (words,) = await said(WelcomeSection(guide="https://docs.example.org"), author_association="FIRST_TIMER")
    assert "(https://docs.example.org)" in words
