"""Welcome somebody's first pull request, and say what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from pydantic import Field

from bot.actions import Action, SetSection
from bot.config import Section
from bot.errors import UnusableFileError
from bot.events import ASSOCIATIONS_OF_NEWCOMERS, Event, Repository
from bot.feature import Feature
from bot.rendering import render

GUIDES = (".github/CONTRIBUTING.md", "CONTRIBUTING.md", "docs/CONTRIBUTING.md")
"""Where a project says how to contribute, on its default branch, in the order in which GitHub looks (GitHub
Docs, "Setting guidelines for repository contributors")."""


class WelcomeSection(Section):
    """Welcome first-time contributors in the status comment of their pull request."""

    guide: str | None = Field(
        default=None,
        description="Address of the contributing guide, when GitHub shows no CONTRIBUTING.md.",
    )


class Reads(Protocol):
    """What this feature reads."""

    async def kept_file(self, repository: str, path: str) -> str | None:
        """Read a text file of the default branch, at most five minutes old; ``None`` when there is none."""


feature = Feature[WelcomeSection, Reads]("welcome", WelcomeSection)


@feature.on("pull_request", "opened")
async def pull_request_opened(event: Event, section: WelcomeSection, reads: Reads) -> Sequence[Action]:
    """Welcome the author if this is their first contribution here.

    Whether it is comes from the payload: it decides about a kind word, never about a right.
    """
    pull = event.payload.pull_request
    if pull is None or pull.user is None or pull.user.is_bot:
        return []
    if pull.author_association not in ASSOCIATIONS_OF_NEWCOMERS:
        return []
    guide = section.guide or await _guide(event.repository, reads)
    words = render("comments/welcome.md.j2", author=pull.user.login, guide=guide)
    reason = f"{pull.user.login}'s first pull request here"
    return [SetSection(thread=event.thread, section=feature.name, body=words, reason=reason)]


async def _guide(repository: Repository, reads: Reads) -> str | None:
    """Give the address of the project's own guide, if it has one."""
    for path in GUIDES:
        try:
            text = await reads.kept_file(repository.full_name, path)
        except UnusableFileError:
            continue
        if text:
            return f"{repository.html_url}/blob/{quote(repository.default_branch)}/{path}"
    return None
