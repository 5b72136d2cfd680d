"""People, organisations, Apps and installations as GitHub's JSON."""

from __future__ import annotations

from bot.sandbox.github.records import Account, Application, Installation, Team
from bot.sandbox.github.shapes.view import Json, View, node

_PREFIX = {"User": "U", "Organization": "O", "Bot": "BOT"}


def user(view: View, account: Account) -> Json:
    """Shape a ``simple-user``."""
    links = view.links.of("account", id=account.id, login=account.login)
    if account.kind == "Bot":
        links["html_url"] = f"{view.links.base}/apps/{account.login.removesuffix('[bot]')}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node(_PREFIX[account.kind], account.id),
        "gravatar_id": "",
        **links,
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_or_none(view: View, id: int | None) -> Json | None:
    """Shape a ``nullable-simple-user``."""
    account = view.store.accounts.get(id) if id is not None else None
    return user(view, account) if account else None


def public_user(view: View, account: Account) -> Json:
    """Shape a ``public-user``: what anybody may know about somebody."""
    owned = view.store.repositories.all(owner=account.id)
    return {
        **user(view, account),
        "name": account.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": account.email,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": sum(not each.private for each in owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": account.created_at,
        "updated_at": account.created_at,
    }


def private_user(view: View, account: Account) -> Json:
    """Shape a ``private-user``: what somebody may know about themselves."""
    private = sum(each.private for each in view.store.repositories.all(owner=account.id))
    return {
        **public_user(view, account),
        "private_gists": 0,
        "total_private_repos": private,
        "owned_private_repos": private,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }


def organization_simple(view: View, account: Account) -> Json:
    """Shape an ``organization-simple-webhooks``."""
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node("O", account.id),
        **view.links.of("organization", id=account.id, login=account.login),
        "description": None,
    }


def organization_full(view: View, account: Account) -> Json:
    """Shape an ``organization-full``."""
    owned = view.store.repositories.all(owner=account.id)
    return {
        **organization_simple(view, account),
        "name": account.name or account.login,
        "html_url": f"{view.links.base}/{account.login}",
        "type": "Organization",
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": sum(not each.private for each in owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": account.created_at,
        "updated_at": account.created_at,
        "archived_at": None,
    }


def team(view: View, record: Team) -> Json:
    """Shape a ``team``."""
    organization = view.store.accounts[record.organization_id].login
    url = f"{view.links.api}/organizations/{record.organization_id}/team/{record.id}"
    return {
        "id": record.id,
        "node_id": node("T", record.id),
        "url": url,
        "html_url": f"{view.links.base}/orgs/{organization}/teams/{record.slug}",
        "name": record.slug,
        "slug": record.slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "parent": None,
    }


def app(view: View, application: Application) -> Json:
    """Shape an ``integration``: a GitHub App."""
    return {
        "id": application.id,
        "slug": application.slug,
        "node_id": node("A", application.id),
        "client_id": application.client_id,
        "owner": user(view, view.store.accounts[application.owner_id]),
        "name": application.name,
        "description": application.description,
        "external_url": application.external_url,
        **view.links.of("app", slug=application.slug),
        "created_at": application.created_at,
        "updated_at": application.updated_at,
        "permissions": application.permissions,
        "events": application.events,
    }


def app_or_none(view: View, id: int | None) -> Json | None:
    """Shape a ``nullable-integration``."""
    application = view.store.apps.get(id) if id is not None else None
    return app(view, application) if application else None


def installation(view: View, record: Installation) -> Json:
    """Shape an ``installation``."""
    application = view.store.apps[record.app_id]
    account = view.store.accounts[record.account_id]
    return {
        "id": record.id,
        "client_id": application.client_id,
        "account": user(view, account),
        "repository_selection": "all" if record.repository_ids is None else "selected",
        **view.links.of("installation", id=record.id),
        "app_id": application.id,
        "app_slug": application.slug,
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": record.permissions,
        "events": record.events,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_or_none(view, record.suspended_by_id),
        "suspended_at": record.suspended_at,
    }


def installation_reference(record: Installation) -> Json:
    """Shape a ``simple-installation``, as it stands in every webhook of an App."""
    return {"id": record.id, "node_id": node("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u", record.id)}
