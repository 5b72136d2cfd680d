"""GitHub Apps: themselves, their installations and tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.github import registration
from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.events import emit_ping, installed_on
from bot.sandbox.github.identity import issue_installation_token
from bot.sandbox.github.permissions import LEVELS, covers, has_role
from bot.sandbox.github.problems import Problem, not_found
from bot.sandbox.github.records import Application, Installation, Repository
from bot.sandbox.github.shapes import accounts, repositories
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

routes = Routes()


def calling_app(call: Call) -> Application:
    """Answer the App whose JWT the call carries; raises GitHub's 401 for anybody else."""
    if call.actor.app is None or not call.actor.is_app_itself:
        raise Problem(401, "A JSON web token could not be decoded")
    return call.actor.app


def _own_installation(call: Call) -> Installation:
    app, found = calling_app(call), call.store.installations.get(call.number("id"))
    if found is None or found.app_id != app.id:
        raise not_found()
    return found


@routes("GET", "/app")
async def get_app(call: Call) -> Reply:
    """Show the calling App."""
    app = calling_app(call)
    count = call.store.installations.count(app=app.id)
    return Reply(200, accounts.app(call.view, app) | {"installations_count": count})


@routes("GET", "/apps/{slug}")
async def get_app_by_slug(call: Call) -> Reply:
    """Show any App."""
    app = call.store.apps.one(slug=call.path["slug"])
    if app is None:
        raise not_found()
    return Reply(200, accounts.app(call.view, app))


@routes("GET", "/app/installations")
async def list_installations(call: Call) -> Reply:
    """List where the calling App is installed."""
    installed = call.store.installations.all(app=calling_app(call).id)
    return call.page(installed, lambda each: _listed(call, each))


def _listed(call: Call, installation: Installation) -> Json:
    """Shape an installation for the list, where GitHub's description wants an enterprise's fields as well."""
    shaped, account = (
        accounts.installation(call.view, installation),
        call.store.accounts[installation.account_id],
    )
    shaped["account"] |= {
        "name": account.name or account.login,
        "slug": account.login,
        "created_at": account.created_at,
        "updated_at": account.created_at,
    }
    return shaped


@routes("GET", "/app/installations/{id}")
async def get_installation(call: Call) -> Reply:
    """Show one installation of the calling App."""
    return Reply(200, accounts.installation(call.view, _own_installation(call)))


@routes("DELETE", "/app/installations/{id}")
async def delete_installation(call: Call) -> Reply:
    """Let the calling App leave an account."""
    call.store.installations.remove(_own_installation(call))
    return Reply(204)


@routes("GET", "/repos/{owner}/{repo}/installation")
async def repository_installation(call: Call) -> Reply:
    """Find the calling App's installation on a repository."""
    app = calling_app(call)
    for each in call.store.installations.all(app=app.id):
        if covers(each, call.repository):
            return Reply(200, accounts.installation(call.view, each))
    raise not_found()


async def _account_installation(call: Call) -> Reply:
    app, account = calling_app(call), call.store.accounts.one(login=call.path["login"].lower())
    for each in call.store.installations.all(app=app.id):
        if account is not None and each.account_id == account.id:
            return Reply(200, accounts.installation(call.view, each))
    raise not_found()


routes("GET", "/users/{login}/installation")(_account_installation)
routes("GET", "/orgs/{login}/installation")(_account_installation)


def _narrowed_repositories(call: Call, installation: Installation) -> list[Repository] | None:
    """Read which repositories a token is asked for; None means whatever the installation covers."""
    names, ids = call.fields.texts("repositories"), call.fields.items("repository_ids")
    if names is None and ids is None:
        return None
    available = installed_on(call.house, installation)
    chosen = [each for each in available if each.name in (names or ()) or each.id in (ids or ())]
    if len(chosen) < len(set(names or ())) + len(set(ids or ())):
        raise Problem(
            422,
            "There is at least one repository that does not exist or is not accessible to the parent"
            " installation.",
        )
    return chosen


def _narrowed_permissions(call: Call, installation: Installation) -> dict[str, str]:
    wanted = call.fields.object("permissions")
    if wanted is None or not wanted.content:
        return installation.permissions
    for name, level in wanted.content.items():
        held = installation.permissions.get(name, "none")
        if level not in LEVELS or LEVELS.index(level) > LEVELS.index(held):
            raise Problem(422, "The permissions requested are not granted to this installation.")
    return {"metadata": "read"} | wanted.content


@routes("POST", "/app/installations/{id}/access_tokens")
async def create_token(call: Call) -> Reply:
    """Make a token that lives for an hour, as narrow as it is asked for."""
    installation = _own_installation(call)
    if installation.suspended_at:
        raise Problem(403, "This installation has been suspended")
    chosen = _narrowed_repositories(call, installation)
    permissions = _narrowed_permissions(call, installation)
    ids = [each.id for each in chosen] if chosen is not None else None
    token, ends = issue_installation_token(call.store, installation, permissions, ids)
    everything = installation.repository_ids is None and chosen is None
    body: Json = {
        "token": token,
        "expires_at": timestamp(datetime.fromtimestamp(ends, UTC)),
        "permissions": permissions,
        "repository_selection": "all" if everything else "selected",
    }
    if chosen is not None:
        body["repositories"] = [repositories.repository(call.view, each) for each in chosen]
    return Reply(201, body)


@routes("DELETE", "/installation/token")
async def revoke_token(call: Call) -> Reply:
    """End the calling token."""
    if call.actor.installation is None or call.actor.token is None:
        raise Problem(401, "Bad credentials")
    call.store.tokens.remove(call.actor.token)
    return Reply(204)


@routes("GET", "/installation/repositories")
async def installation_repositories(call: Call) -> Reply:
    """List what the calling token reaches."""
    installation, token = call.actor.installation, call.actor.token
    if installation is None or token is None:
        raise Problem(403, "You must authenticate with an installation access token")
    listed = [
        each
        for each in installed_on(call.house, installation)
        if token.repository_ids is None or each.id in token.repository_ids
    ]
    reply = call.page(listed, lambda each: repositories.repository(call.view, each), under="repositories")
    reply.body["repository_selection"] = "all" if installation.repository_ids is None else "selected"
    return reply


@routes("GET", "/user/installations")
async def user_installations(call: Call) -> Reply:
    """List the installations on accounts whose repositories the caller works in."""
    reached = {
        each.owner_id
        for each in call.store.repositories
        if has_role(call.store, call.account, each, "triage")
    }
    listed = [each for each in call.store.installations if each.account_id in reached]
    return call.page(listed, lambda each: accounts.installation(call.view, each), under="installations")


@routes("POST", "/app-manifests/{code}/conversions")
async def convert_manifest(call: Call) -> Reply:
    """Turn a manifest's code, good for once, into an App with its secrets."""
    manifest = call.store.manifests.one(code=call.path["code"])
    if manifest is None:
        raise not_found()
    call.store.manifests.remove(manifest)
    owner = call.store.accounts[manifest.owner_id]
    app, pem = await registration.register(call.house, owner, manifest.content)
    emit_ping(call.house, call.view, app)
    return Reply(201, registration.conversion(call.view, app, pem))
