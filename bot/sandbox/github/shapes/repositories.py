"""Repositories as GitHub's JSON."""

from __future__ import annotations

from bot.sandbox.github.permissions import ROLES, role_of
from bot.sandbox.github.records import Account, Repository
from bot.sandbox.github.shapes import accounts
from bot.sandbox.github.shapes.view import Json, View, node


def repository(view: View, record: Repository) -> Json:
    """Shape a ``repository``, as it stands in lists and webhooks."""
    store = view.store
    forks = store.repositories.count(parent=record.id)
    # GitHub counts pull requests as open issues here.
    open_issues = store.issues.count(open=record.id)
    return {
        "id": record.id,
        "node_id": node("R", record.id),
        "name": record.name,
        "full_name": view.name(record),
        "private": record.private,
        "owner": accounts.user(view, store.accounts[record.owner_id]),
        "description": record.description,
        "fork": record.parent_id is not None,
        **view.links.of("repository", name=view.name(record)),
        "mirror_url": None,
        "homepage": record.homepage,
        "language": None,
        "forks": forks,
        "forks_count": forks,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 0,
        "default_branch": record.default_branch,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "is_template": False,
        "topics": record.topics,
        "has_issues": record.has_issues,
        "has_projects": True,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": record.has_discussions,
        "archived": record.archived,
        "disabled": False,
        "visibility": "private" if record.private else "public",
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "pushed_at": record.pushed_at,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "license": None,
    }


def permissions(view: View, account: Account | None, record: Repository) -> Json:
    """Shape what somebody may do in a repository."""
    held = ROLES.index(role_of(view.store, account, record))
    return {
        "admin": held >= ROLES.index("admin"),
        "maintain": held >= ROLES.index("maintain"),
        "push": held >= ROLES.index("write"),
        "triage": held >= ROLES.index("triage"),
        "pull": held >= ROLES.index("read"),
    }


def full_repository(view: View, record: Repository, caller: Account | None) -> Json:
    """Shape a ``full-repository``, as ``GET /repos/{owner}/{repo}`` answers it."""
    store = view.store
    shaped = repository(view, record) | {
        "subscribers_count": 0,
        "network_count": store.repositories.count(parent=record.id),
        "temp_clone_token": "",
        "allow_rebase_merge": False,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "permissions": permissions(view, caller, record),
    }
    owner = store.accounts[record.owner_id]
    if owner.kind == "Organization":
        shaped["organization"] = accounts.user(view, owner)
    parent = store.repositories.get(record.parent_id) if record.parent_id is not None else None
    if parent is not None:
        shaped["parent"] = shaped["source"] = repository(view, parent)
    return shaped


def reference(view: View, record: Repository) -> Json:
    """Shape the few words about a repository that installation webhooks carry."""
    return {
        "id": record.id,
        "node_id": node("R", record.id),
        "name": record.name,
        "full_name": view.name(record),
        "private": record.private,
    }
