from __future__ import annotations

import pytest

from bot.actions import SetDraft
from bot.errors import UserError
from bot.events import PullRequest
from bot.features import drafting
from bot.features.drafting import DraftingSection
from tests.fixtures.events import call, issue, pull_request

ON_PULL = issue(pull_request={})


class Pulls:
    def __init__(self, *, draft: bool = False, state: str = "open") -> None:
        self.pull = pull_request(draft=draft, state=state, node_id="PR_1")

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        return PullRequest.model_validate(self.pull)


async def test_a_draft_becomes_ready_and_the_other_way_round() -> None:
    ready = call("/ready", about=ON_PULL)
    (action,) = await drafting.ready_asked(ready, DraftingSection(), Pulls(draft=True))
    assert action == SetDraft(thread=ready.thread, node="PR_1", draft=False, reason="bob asked for it")
    draft = call("/draft", about=ON_PULL)
    (action,) = await drafting.draft_asked(draft, DraftingSection(), Pulls())
    assert isinstance(action, SetDraft)
    assert action.draft


async def test_what_is_so_already_is_left_as_it_is() -> None:
    assert await drafting.ready_asked(call("/ready", about=ON_PULL), DraftingSection(), Pulls()) == []


async def test_a_closed_pull_request_is_refused() -> None:
    with pytest.raises(UserError, match="closed"):
        await drafting.draft_asked(call("/draft", about=ON_PULL), DraftingSection(), Pulls(state="closed"))
