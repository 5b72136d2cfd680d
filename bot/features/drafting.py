"""Say that a pull request is ready for review, or a draft again, when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.actions import Action, SetDraft
from bot.commands import AUTHOR, WRITE, Command, ThreadKind, Topic
from bot.config import Section
from bot.errors import UserError
from bot.events import PullRequest
from bot.feature import Call, Feature


class DraftingSection(Section):
    """Let people mark pull requests as ready or as drafts with commands."""


class Reads(Protocol):
    """What this feature reads."""

    async def pull_request(self, repository: str, number: int) -> PullRequest:
        """Read a pull request as it is now."""


feature = Feature[DraftingSection, Reads]("drafting", DraftingSection)


@feature.command(
    Command(
        name="ready",
        usage="/ready",
        description="Marks this draft as ready for review.",
        who=AUTHOR | WRITE,
        example="/ready",
        topic=Topic.MERGING,
        threads=ThreadKind.PULL_REQUEST,
    )
)
async def ready_asked(call: Call, section: DraftingSection, reads: Reads) -> Sequence[Action]:
    """Mark the pull request as ready for review."""
    return await _set(call, reads, draft=False)


@feature.command(
    Command(
        name="draft",
        usage="/draft",
        description="Turns this pull request into a draft, so that nobody is asked to look yet.",
        who=AUTHOR | WRITE,
        example="/draft",
        topic=Topic.MERGING,
        threads=ThreadKind.PULL_REQUEST,
    )
)
async def draft_asked(call: Call, section: DraftingSection, reads: Reads) -> Sequence[Action]:
    """Turn the pull request into a draft."""
    return await _set(call, reads, draft=True)


async def _set(call: Call, reads: Reads, *, draft: bool) -> Sequence[Action]:
    thread = call.thread
    pull = await reads.pull_request(thread.repository, thread.number)
    if pull.state == "closed":
        raise UserError(
            "This pull request is closed, so it can neither be a draft nor ready for review. "
            "`/reopen` opens it again."
        )
    if bool(pull.draft) == draft:
        return []
    return [SetDraft(thread=thread, node=pull.node_id, draft=draft, reason=f"{call.caller} asked for it")]
