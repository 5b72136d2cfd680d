"""Who may do what in a repository."""

from __future__ import annotations

from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.permissions import role_of
from bot.sandbox.github.problems import not_found
from bot.sandbox.github.records import Account
from bot.sandbox.github.routes.users import find_account
from bot.sandbox.github.shapes import accounts, repositories
from bot.sandbox.github.shapes.view import Json

routes = Routes()

_LEGACY = {
    "none": "none",
    "read": "read",
    "triage": "read",
    "write": "write",
    "maintain": "write",
    "admin": "admin",
}
"""What ``permission`` says for each role; only ``role_name`` tells them all apart (docs: collaborators)."""

_ROLE_OF = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}


def _collaborator(call: Call, account: Account) -> Json:
    return {
        **accounts.user(call.view, account),
        "permissions": repositories.permissions(call.view, account, call.repository),
        "role_name": role_of(call.store, account, call.repository),
    }


def _people(call: Call) -> list[Account]:
    owner = call.store.accounts[call.repository.owner_id]
    ids = [*([owner.id] if owner.kind == "User" else []), *owner.members, *call.repository.collaborators]
    return [call.store.accounts[id] for id in dict.fromkeys(ids)]


@routes("GET", "/repos/{owner}/{repo}/collaborators", app="metadata:read", role="write")
async def list_collaborators(call: Call) -> Reply:
    """List the people with a role of their own."""
    return call.page(_people(call), lambda each: _collaborator(call, each))


@routes("GET", "/repos/{owner}/{repo}/collaborators/{login}", app="metadata:read", role="write")
async def check_collaborator(call: Call) -> Reply:
    """Tell by the status whether somebody is a collaborator."""
    if find_account(call, call.path["login"]) not in _people(call):
        raise not_found()
    return NO_CONTENT


@routes("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", app="metadata:read")
async def get_permission(call: Call) -> Reply:
    """Say what somebody may do; in a public repository that is ``read`` for everybody."""
    account = find_account(call, call.path["login"])
    role = role_of(call.store, account, call.repository)
    return Reply(200, {"permission": _LEGACY[role], "role_name": role, "user": _collaborator(call, account)})


@routes("PUT", "/repos/{owner}/{repo}/collaborators/{login}", app="administration:write", role="admin")
async def add_collaborator(call: Call) -> Reply:
    """Give somebody a role at once; the sandbox leaves the invitation out."""
    account = find_account(call, call.path["login"])
    wanted = call.fields.text("permission") or "push"
    call.repository.collaborators[account.id] = _ROLE_OF.get(wanted, "write")
    call.store.repositories.save(call.repository)
    return NO_CONTENT


@routes("DELETE", "/repos/{owner}/{repo}/collaborators/{login}", app="administration:write", role="admin")
async def remove_collaborator(call: Call) -> Reply:
    """Take somebody's role away."""
    call.repository.collaborators.pop(find_account(call, call.path["login"]).id, None)
    call.store.repositories.save(call.repository)
    return NO_CONTENT
