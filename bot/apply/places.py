"""Put things where they belong: an issue elsewhere, a question among the discussions, a text out of sight."""

from __future__ import annotations

from dataclasses import dataclass

from bot import histories, threads
from bot.actions import HideText, MinimizeComment, OpenDiscussion, ShowAgain, TellGitHubRelease, TransferIssue
from bot.apply.access import Access
from bot.apply.notes import with_note
from bot.apply.status import StatusComments
from bot.errors import RefusedError
from bot.rendering import fit


@dataclass(frozen=True)
class Places:
    """Moves issues and words."""

    access: Access
    status: StatusComments

    async def hide(self, action: HideText) -> str:
        """Put the notice in place, and forget what is kept of the issue before anything else is said.

        Of what others said about it in the status comment nothing stays.
        """
        thread = action.thread
        await self.access.writer.edit_text(thread.repository, thread.number, action.title, action.body)
        await self.access.remember(threads.take_out_of_view, thread, action.section)
        await self.access.remember(histories.drop_if_kept, thread.home, thread.number)
        if await self.access.remember(threads.status_comment, thread) is not None:
            await self.status.show(thread)
        return "out of view"

    async def show_again(self, action: ShowAgain) -> str:
        """Let features speak on the thread again."""
        await self.access.remember(threads.bring_into_view, action.thread)
        return "in view"

    async def minimize(self, action: MinimizeComment) -> str:
        """Fold a comment away."""
        await self.access.writer.minimize_comment(action.repository, action.node, action.why)
        return action.why.lower()

    async def open_discussion(self, action: OpenDiscussion, begun: bool) -> str:
        """Open a discussion, unless an interrupted attempt did, say where it is, and close the thread."""
        thread = action.thread
        marker = f"<!-- giveback:from {thread} -->"
        address = await self._opened_before(thread.repository, marker) if begun else None
        if address is None:
            forum = await self.access.reader.discussion_categories(thread.repository)
            category = next((one.id for one in forum.categories if one.slug == action.category), None)
            if category is None:
                raise RefusedError(f"there is no category called {action.category} any more", 422)
            _, address = await self.access.writer.create_discussion(
                thread.repository, forum.repository, category, action.title, fit(f"{marker}\n{action.body}")
            )
        await self.status.tell(thread, action.section, action.told.replace("{address}", address))
        if action.closes:
            await self.access.writer.set_state(thread.repository, thread.number, "closed", "not_planned")
        return address

    async def tell_github_release(self, action: TellGitHubRelease) -> str:
        """Say it at the end of the release's own words, which stay as they are."""
        found = await self.access.reader.github_release(action.repository, action.tag)
        if found is None:
            return "there is none"
        text = with_note(found.body, action.body)
        if text == found.body:
            return "said already"
        await self.access.writer.edit_github_release(action.repository, found.id, text)
        return "said"

    async def transfer(self, action: TransferIssue, begun: bool) -> str:
        """Move an issue, unless an interrupted attempt did."""
        thread, reader = action.thread, self.access.reader
        if begun:
            repository, number = await reader.whereabouts(thread.repository, thread.number)
            if repository.casefold() == action.target.casefold():
                return f"{repository}#{number}"
        target = await reader.repository_node(action.target)
        issue = await reader.thread_node(thread.repository, thread.number)
        repository, number = await self.access.writer.transfer_issue(issue, target)
        return f"{repository}#{number}"

    async def _opened_before(self, repository: str, marker: str) -> str | None:
        own = await self.access.reader.own_discussions(repository)
        return next((one.address for one in own if one.body.startswith(marker)), None)
