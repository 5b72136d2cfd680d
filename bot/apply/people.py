"""Assign people and ask for reviews, and find out who GitHub passed over."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions import Assign, RequestReviews
from bot.apply.access import Access
from bot.apply.status import StatusComments


@dataclass(frozen=True)
class People:
    """Brings people to threads."""

    access: Access
    status: StatusComments

    async def assign(self, action: Assign) -> str:
        """Change who is assigned, and tell what came of it from the list GitHub answers with."""
        thread, writer = action.thread, self.access.writer
        assigned: list[str] = []
        if action.remove:
            assigned = await writer.unassign(thread.repository, thread.number, action.remove)
        if action.add:
            assigned = await writer.assign(thread.repository, thread.number, action.add)
        there = {login.casefold() for login in assigned}
        refused = [login for login in action.add if login.casefold() not in there]
        if action.section:
            words = action.told_otherwise if refused else action.told
            words = words.replace("{refused}", ", ".join(refused))
            await self.status.tell(thread, action.section, words)
        said = [f"assigned {', '.join(assigned) or 'nobody'}"]
        if refused:
            said.append(f"GitHub passed over {', '.join(refused)}")
        return "; ".join(said)

    async def request_reviews(self, action: RequestReviews) -> str:
        """Ask for reviews, those who are not asked already: GitHub would tell them again."""
        thread, writer = action.thread, self.access.writer
        there = await self.access.reader.requested_reviewers(thread.repository, thread.number)
        asked_people = {login.casefold() for login in there.people}
        asked_teams = {team.casefold() for team in there.teams}
        people = [login for login in action.people if login.casefold() not in asked_people]
        teams = [team for team in action.teams if team.casefold() not in asked_teams]
        withdrawn = [login for login in action.withdrawn if login.casefold() in asked_people]
        if people or teams:
            await writer.request_reviewers(thread.repository, thread.number, people, teams)
        if withdrawn:
            await writer.withdraw_requests(thread.repository, thread.number, withdrawn)
        if not people and not teams and not withdrawn:
            return "all were asked before"
        said = f"asked {', '.join((*people, *teams)) or 'nobody'}"
        return f"{said}; no longer {', '.join(withdrawn)}" if withdrawn else said
