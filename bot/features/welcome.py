"""Welcome somebody's first pull request, and say what happens next."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from bot.config import Section
from bot.events import ASSOCIATIONS_OF_NEWCOMERS, Event
from bot.feature import Feature
from bot.plan import Action, SetSection
from bot.rendering import render


class WelcomeSection(Section):
    """Welcome first-time contributors in the status comment of their pull request."""

    guide: str | None = Field(
        default=None, description="Address of the contributing guide, when it is not CONTRIBUTING.md."
    )


feature = Feature[WelcomeSection, object]("welcome", WelcomeSection)


@feature.on("pull_request", action="opened")
async def pull_request_opened(event: Event, section: WelcomeSection, reads: object) -> Sequence[Action]:
    """Welcome the author if this is their first contribution here.

    Whether it is comes from the payload: it decides about a kind word, never about a right.
    """
    pull = event.payload.pull_request
    if pull is None or pull.user is None or pull.user.is_bot:
        return []
    if pull.author_association not in ASSOCIATIONS_OF_NEWCOMERS:
        return []
    guide = (
        section.guide or f"{event.repository.html_url}/blob/{event.repository.default_branch}/CONTRIBUTING.md"
    )
    return [
        SetSection(
            thread=event.thread,
            section=feature.name,
            body=render(
                "comments/welcome.md.j2", author=pull.user.login, draft=bool(pull.draft), guide=guide
            ),
            reason=f"{pull.user.login}'s first pull request here",
        )
    ]
