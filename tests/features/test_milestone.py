from __future__ import annotations

import pytest

from bot.actions import SetMilestone
from bot.errors import UserError
from bot.features.milestone import MilestoneSection, find, milestone_asked
from tests.fixtures.events import call

TITLES = ["v1.2", "Next Year"]


class Repository:
    async def milestones(self, repository: str) -> dict[str, int]:
        return {title: number for number, title in enumerate(TITLES, 1)}


@pytest.mark.parametrize(
    ("command", "title"),
    [
        ("/milestone v1.2", "v1.2"),
        ('/milestone "next year"', "Next Year"),
        ("/milestone next year", "Next Year"),
        ("/milestone none", None),
    ],
)
async def test_a_milestone_is_found_however_it_is_spelled(command: str, title: str | None) -> None:
    (action,) = await milestone_asked(call(command), MilestoneSection(), Repository())
    assert isinstance(action, SetMilestone)
    assert action.title == title


def test_one_that_there_is_not_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no open milestone `v1.3`\. Did you mean `v1.2`\?"):
        find("v1.3", TITLES)
    with pytest.raises(
        UserError, match=r"no open milestone `zzzzzz`\. Open: `a`, `b`, `c`, `d`, `e` and 2 more\."
    ):
        find("zzzzzz", list("abcdefg"))
    with pytest.raises(UserError, match=r"has no open milestone\. Once somebody makes one"):
        find("v1", [])


def test_a_milestone_called_none_is_meant_before_no_milestone() -> None:
    assert find("none", ["None"]) == "None"
