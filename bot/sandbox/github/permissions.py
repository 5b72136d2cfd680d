"""Decide what a caller may see and do in a repository."""

from __future__ import annotations

from bot.sandbox.github.identity import Actor
from bot.sandbox.github.problems import (
    Problem,
    authentication_required,
    must_have_rights,
    not_accessible,
    not_found,
)
from bot.sandbox.github.records import Account, Installation, Repository
from bot.sandbox.github.store import Store

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""A person's roles on a repository, lowest first (docs: repository roles for an organization)."""

LEVELS = ("none", "read", "write", "admin")
"""What a permission of an App can be set to, lowest first."""


def role_of(store: Store, account: Account | None, repository: Repository) -> str:
    """Answer the highest role somebody has; everybody can read a public repository."""
    role = "none" if repository.private else "read"
    if account is None:
        return role
    owner = store.accounts[repository.owner_id]
    if account.id == owner.id or owner.members.get(account.id) == "admin":
        return "admin"
    if account.id in owner.members:
        role = "read"
    given = repository.collaborators.get(account.id, "none")
    return max(role, given, key=ROLES.index)


def has_role(store: Store, account: Account | None, repository: Repository, least: str) -> bool:
    """Tell whether somebody's role is at least this one."""
    return ROLES.index(role_of(store, account, repository)) >= ROLES.index(least)


def covers(installation: Installation, repository: Repository) -> bool:
    """Tell whether an App is installed on a repository."""
    if installation.account_id != repository.owner_id:
        return False
    return installation.repository_ids is None or repository.id in installation.repository_ids


def reaches(actor: Actor, repository: Repository) -> bool:
    """Tell whether an installation's token, which may be narrowed, extends to a repository."""
    if actor.installation is None or actor.token is None or not covers(actor.installation, repository):
        return False
    return actor.token.repository_ids is None or repository.id in actor.token.repository_ids


def check_app(actor: Actor, repository: Repository, wanted: str) -> None:
    """Let an installation pass that has one of the permissions wanted: ``issues|pull_requests:write``."""
    names, _, level = wanted.rpartition(":")
    if not reaches(actor, repository):
        if repository.private:
            raise not_found()
        if level == "read":
            return
        raise not_accessible()
    granted = actor.token.permissions if actor.token else {}
    held = (granted.get(name, "none") for name in names.split("|"))
    if not any(LEVELS.index(each) >= LEVELS.index(level) for each in held):
        problem = not_accessible()
        problem.headers["X-Accepted-GitHub-Permissions"] = "; ".join(
            f"{name}={level}" for name in names.split("|")
        )
        raise problem


def check_person(store: Store, actor: Actor, repository: Repository, least: str) -> None:
    """Let a person pass whose role is high enough, hiding a private repository from others."""
    if not has_role(store, actor.account, repository, "read"):
        raise not_found()
    if has_role(store, actor.account, repository, least):
        return
    if actor.account is None:
        raise authentication_required()
    raise not_found() if least in ("write", "maintain") else must_have_rights()


def check(store: Store, actor: Actor, repository: Repository, *, app: str, role: str) -> None:
    """Let a caller pass or raise GitHub's answer: 401, 403 or 404.

    ``app`` is what an installation needs, as for ``check_app``; ``role`` is what a person needs.
    """
    if actor.is_app_itself:
        raise Problem(401, "This endpoint requires you to be authenticated as an installation or a user")
    if actor.installation is not None:
        check_app(actor, repository, app)
    else:
        check_person(store, actor, repository, role)
        if actor.account is None and not app.endswith(":read"):
            raise authentication_required()
