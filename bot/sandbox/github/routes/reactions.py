"""Reactions to issues and comments."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.problems import must_have_rights, not_found
from bot.sandbox.github.records import Reaction
from bot.sandbox.github.routes.comments import find_comment
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.store import timestamp

routes = Routes()


def _register(path: str, subject: Callable[[Call], int]) -> None:
    """Give one kind of subject its three endpoints."""

    @routes("GET", f"{path}/reactions", app="issues|pull_requests:read")
    async def list_reactions(call: Call) -> Reply:
        wanted = call.query.get("content")
        found = [
            each for each in call.store.reactions.all(subject=subject(call)) if wanted in (None, each.content)
        ]
        return call.page(found, lambda each: shapes.reaction(call.view, each))

    @routes("POST", f"{path}/reactions", app="issues|pull_requests:write")
    async def create_reaction(call: Call) -> Reply:
        call.fields.required("content")
        subject_id, content = subject(call), call.fields.choice("content", *shapes.REACTIONS) or ""
        for each in call.store.reactions.all(subject=subject_id):
            if each.account_id == call.account.id and each.content == content:
                return Reply(200, shapes.reaction(call.view, each))
        reaction = Reaction(call.store.next_id(), subject_id, call.account.id, content, timestamp())
        return Reply(201, shapes.reaction(call.view, call.store.reactions.save(reaction)))

    @routes("DELETE", f"{path}/reactions/{{reaction_id}}", app="issues|pull_requests:write")
    async def delete_reaction(call: Call) -> Reply:
        reaction = call.store.reactions.get(call.number("reaction_id"))
        if reaction is None or reaction.subject_id != subject(call):
            raise not_found()
        if reaction.account_id != call.account.id:
            raise must_have_rights()
        call.store.reactions.remove(reaction)
        return NO_CONTENT


_register("/repos/{owner}/{repo}/issues/comments/{comment_id}", lambda call: find_comment(call).id)
_register("/repos/{owner}/{repo}/issues/{number}", lambda call: call.issue.id)
