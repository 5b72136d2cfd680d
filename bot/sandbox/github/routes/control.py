"""Set the stage: what on GitHub is done with a mouse, as ``/_sandbox/...`` endpoints without a login."""

from __future__ import annotations

import base64

from bot.sandbox.github import actions, content, lfs, registration, threads, transfers
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.events import (
    emit,
    emit_installation,
    emit_installation_repositories,
    emit_new_repository,
    installed_on,
)
from bot.sandbox.github.fields import Fields
from bot.sandbox.github.identity import Actor, issue_user_token
from bot.sandbox.github.permissions import ROLES
from bot.sandbox.github.problems import Problem, invalid, not_found
from bot.sandbox.github.records import Account, Application, Installation, Repository, Team
from bot.sandbox.github.routes.pulls import find_pull
from bot.sandbox.github.routes.repositories import delete_repository, rename_repository
from bot.sandbox.github.shapes import accounts, pulls, repositories
from bot.sandbox.github.store import timestamp

routes = Routes()


def _account(call: Call, login: str) -> Account:
    found = call.store.accounts.one(login=login.lower())
    if found is None:
        raise Problem(404, f"There is no account {login}")
    return found


def _sender(call: Call, owner: Account) -> Account:
    """Say who did it with the mouse: whoever ``by`` names, the owner, or the organisation's first admin."""
    named = call.fields.text("by")
    if named:
        return _account(call, named)
    admin = next((id for id, role in owner.members.items() if role == "admin"), None)
    return call.store.accounts[admin] if admin is not None else owner


@routes("POST", "/users")
async def add_user(call: Call) -> Reply:
    """Add a person with a personal access token: ``{login, name?, email?}``."""
    login = call.fields.needed("login")
    if call.store.accounts.one(login=login.lower()):
        raise invalid("User", "login", "already_exists")
    name, email = call.fields.text("name"), call.fields.text("email")
    account = call.house.add_account(login, "User", name=name or login, email=email)
    token = issue_user_token(call.store, account)
    return Reply(201, {"login": account.login, "id": account.id, "token": token})


@routes("POST", "/organizations")
async def add_organization(call: Call) -> Reply:
    """Add an organisation: ``{login, members?: {login: "admin"|"member"}}``."""
    login = call.fields.needed("login")
    if call.store.accounts.one(login=login.lower()):
        raise invalid("Organization", "login", "already_exists")
    given = call.fields.object("members") or Fields({})
    members = {_account(call, name).id: str(role) for name, role in given.content.items()}
    account = call.house.add_account(login, "Organization", members=members)
    return Reply(201, accounts.organization_full(call.view, account))


@routes("PUT", "/members")
async def set_member(call: Call) -> Reply:
    """Make somebody a member of an organisation: ``{organization, login, role?}``."""
    organization = _account(call, call.fields.needed("organization"))
    role = call.fields.choice("role", "admin", "member") or "member"
    organization.members[_account(call, call.fields.needed("login")).id] = role
    call.store.accounts.save(organization)
    return NO_CONTENT


@routes("POST", "/teams")
async def add_team(call: Call) -> Reply:
    """Add a team to an organisation: ``{organization, slug}``."""
    organization, slug = _account(call, call.fields.needed("organization")), call.fields.needed("slug")
    team = call.store.teams.save(Team(call.store.next_id(), organization.id, slug.lower()))
    return Reply(201, accounts.team(call.view, team))


def _files(call: Call) -> dict[str, bytes]:
    """Read ``files``: path to text, or to ``{"base64": ..., "lfs"?: true}`` for bytes."""
    files: dict[str, bytes] = {}
    for path, given in (call.fields.object("files") or Fields({})).content.items():
        if isinstance(given, dict):
            try:
                files[path] = base64.b64decode(Fields(given).needed("base64"), validate=True)
            except ValueError:  # binascii.Error is one; characters outside ASCII raise another
                raise invalid("Repository", "files") from None
            if Fields(given).flag("lfs"):
                oid = lfs.store_object(call.house.lfs_folder(), files[path])
                files[path] = lfs.pointer(oid, len(files[path]))
        else:
            files[path] = str(given).encode()
    return files


@routes("POST", "/repositories")
async def add_repository(call: Call) -> Reply:
    """Add a repository with a first commit.

    ``{owner, name, private?, files?, default_branch?, description?}``, where ``files`` maps a path to
    its text or to ``{"base64": ..., "lfs"?: true}``; without ``files`` there is a README.md, with an
    empty ``files`` the repository is empty.
    """
    owner, name = _account(call, call.fields.needed("owner")), call.fields.needed("name")
    files = _files(call) if "files" in call.fields else {"README.md": f"# {name}\n".encode()}
    repository = await content.create_repository(
        call.house,
        owner,
        name,
        private=call.fields.flag("private") or False,
        default_branch=call.fields.text("default_branch") or "main",
        description=call.fields.text("description"),
        files=files,
    )
    emit_new_repository(call.house, call.view, repository, _sender(call, owner))
    return Reply(201, repositories.full_repository(call.view, repository, owner))


@routes("PUT", "/collaborators")
async def set_collaborator(call: Call) -> Reply:
    """Give somebody a role: ``{repository: "owner/name", login, permission}`` (``none`` takes it away)."""
    owner, _, name = call.fields.needed("repository").partition("/")
    repository = call.house.find_repository(owner, name)
    if repository is None:
        raise not_found()
    account = _account(call, call.fields.needed("login"))
    permission = call.fields.choice("permission", *ROLES) or "write"
    if permission == "none":
        repository.collaborators.pop(account.id, None)
    else:
        repository.collaborators[account.id] = permission
    call.store.repositories.save(repository)
    return NO_CONTENT


@routes("POST", "/apps")
async def add_app(call: Call) -> Reply:
    """Register an App; its private key is in the answer and nowhere else.

    ``{name, slug?, owner?, webhook_url, webhook_secret?}`` with a ``manifest`` or with
    ``default_permissions`` and ``default_events``.
    """
    manifest = (call.fields.object("manifest") or call.fields).content
    login = call.fields.text("owner")
    owner = _account(call, login) if login else call.store.accounts.one(login="github")
    app, pem = await registration.register(
        call.house,
        owner or call.house.add_account("github", "Organization"),
        {"name": call.fields.text("name"), **manifest},
        slug=call.fields.text("slug"),
        webhook_url=call.fields.text("webhook_url"),
        webhook_secret=call.fields.text("webhook_secret"),
    )
    return Reply(201, registration.conversion(call.view, app, pem))


def _app(call: Call, slug: str) -> Application:
    found = call.store.apps.one(slug=slug)
    if found is None:
        raise Problem(404, f"There is no App {slug}")
    return found


def _chosen(call: Call, owner: Account) -> list[int] | None:
    """Read ``repositories``: a list of names, or nothing (or "all") for all."""
    if call.fields.content.get("repositories") in (None, "all"):
        return None
    chosen = []
    for given in call.fields.texts("repositories") or []:
        repository = call.house.find_repository(owner.login, given.split("/")[-1])
        if repository is None:
            raise Problem(404, f"There is no repository {given}")
        chosen.append(repository.id)
    return chosen


@routes("POST", "/installations")
async def install(call: Call) -> Reply:
    """Install an App: ``{app_slug, account, repositories?: [names] or "all"}``."""
    app, owner = _app(call, call.fields.needed("app_slug")), _account(call, call.fields.needed("account"))
    if any(each.account_id == owner.id for each in call.store.installations.all(app=app.id)):
        raise invalid("Installation", "account", "already_exists")
    moment = timestamp()
    installation = call.store.installations.save(
        Installation(
            id=call.store.next_id(),
            app_id=app.id,
            account_id=owner.id,
            repository_ids=_chosen(call, owner),
            permissions=dict(app.permissions),
            events=list(app.events),
            created_at=moment,
            updated_at=moment,
        )
    )
    emit_installation(call.house, call.view, installation, "created", _sender(call, owner))
    return Reply(201, accounts.installation(call.view, installation))


def _installation(call: Call) -> Installation:
    found = call.store.installations.get(call.number("id"))
    if found is None:
        raise not_found()
    return found


@routes("PUT", "/installations/{id}/repositories")
async def choose_repositories(call: Call) -> Reply:
    """Change what an installation covers: ``{repositories: [names] or "all"}``."""
    installation = _installation(call)
    owner = call.store.accounts[installation.account_id]
    before = {each.id: each for each in installed_on(call.house, installation)}
    installation.repository_ids = _chosen(call, owner)
    installation.updated_at = timestamp()
    call.store.installations.save(installation)
    after = {each.id: each for each in installed_on(call.house, installation)}
    added = [each for id, each in after.items() if id not in before]
    removed = [each for id, each in before.items() if id not in after]
    for more, less in ((added, []), ([], removed)):
        if more or less:
            emit_installation_repositories(
                call.house, call.view, installation, _sender(call, owner), added=more, removed=less
            )
    return Reply(200, accounts.installation(call.view, installation))


@routes("POST", "/installations/{id}/suspend")
async def suspend(call: Call) -> Reply:
    """Suspend an installation: its tokens stop working and it hears nothing."""
    installation = _installation(call)
    sender = _sender(call, call.store.accounts[installation.account_id])
    installation.suspended_at, installation.suspended_by_id = timestamp(), sender.id
    call.store.installations.save(installation)
    emit_installation(call.house, call.view, installation, "suspend", sender)
    return NO_CONTENT


@routes("POST", "/installations/{id}/unsuspend")
async def unsuspend(call: Call) -> Reply:
    """Take a suspended installation back into use."""
    installation = _installation(call)
    installation.suspended_at = installation.suspended_by_id = None
    call.store.installations.save(installation)
    sender = _sender(call, call.store.accounts[installation.account_id])
    emit_installation(call.house, call.view, installation, "unsuspend", sender)
    return NO_CONTENT


@routes("DELETE", "/installations/{id}")
async def uninstall(call: Call) -> Reply:
    """Remove an App from an account; its tokens stop working."""
    installation = _installation(call)
    sender = _sender(call, call.store.accounts[installation.account_id])
    emit_installation(call.house, call.view, installation, "deleted", sender)
    call.store.installations.remove(installation)
    return NO_CONTENT


def _named(call: Call) -> Repository:
    found = call.house.find_repository(call.path["owner"], call.path["repo"])
    if found is None:
        raise not_found()
    return found


@routes("POST", "/repositories/{owner}/{repo}/rename")
async def rename(call: Call) -> Reply:
    """Rename a repository: ``{name}``; the old name answers with a redirect from now on."""
    repository = _named(call)
    sender = _sender(call, call.store.accounts[repository.owner_id])
    await rename_repository(call, repository, call.fields.needed("name"), sender)
    return Reply(200, repositories.full_repository(call.view, repository, sender))


@routes("POST", "/repositories/{owner}/{repo}/delete")
async def delete(call: Call) -> Reply:
    """Delete a repository."""
    repository = _named(call)
    await delete_repository(call, repository, _sender(call, call.store.accounts[repository.owner_id]))
    return NO_CONTENT


def _set_visibility(call: Call, *, private: bool) -> Reply:
    repository = _named(call)
    sender = _sender(call, call.store.accounts[repository.owner_id])
    if repository.private != private:
        repository.private = private
        call.store.repositories.save(repository)
        action = "privatized" if private else "publicized"
        emit(call.house, call.view, repository, sender, "repository", action, dict)
    return Reply(200, repositories.full_repository(call.view, repository, sender))


@routes("POST", "/repositories/{owner}/{repo}/privatize")
async def privatize(call: Call) -> Reply:
    """Make a repository private."""
    return _set_visibility(call, private=True)


@routes("POST", "/repositories/{owner}/{repo}/publicize")
async def publicize(call: Call) -> Reply:
    """Make a repository public."""
    return _set_visibility(call, private=False)


@routes("POST", "/repositories/{owner}/{repo}/pulls/{number}/draft")
async def set_draft(call: Call) -> Reply:
    """Make a pull request a draft or not: ``{draft, by?}``, as with the button on its page."""
    call.actor = Actor(account=_sender(call, call.store.accounts[_named(call).owner_id]))
    pull, issue = find_pull(call)
    threads.set_draft(call, issue, pull, call.fields.flag("draft") is not False)
    return Reply(200, pulls.pull_request(call.view, pull))


@routes("POST", "/repositories/{owner}/{repo}/workflow-runs")
async def run_workflow(call: Call) -> Reply:
    """Have GitHub Actions run a workflow.

    ``{name, head_sha, jobs: {name: conclusion or null}, by?, fork?}``
    """
    call.actor = Actor(account=_sender(call, call.store.accounts[_named(call).owner_id]))
    given = call.fields.object("jobs") or Fields({})
    jobs = {name: given.text(name) for name in given.content}
    run = actions.begin(
        call,
        call.fields.needed("name"),
        call.fields.needed("head_sha"),
        jobs,
        is_of_fork=call.fields.flag("fork") or False,
    )
    return Reply(201, {"id": run.id, "check_suite_id": run.suite_id})


@routes("POST", "/repositories/{owner}/{repo}/workflow-runs/{id}/artifacts")
async def keep_artifact(call: Call) -> Reply:
    """Have a run keep the body, a zip archive, under the ``name`` of the query; ``expired`` makes it old."""
    run = call.store.workflow_runs.get(call.number("id"))
    if run is None or run.repository_id != _named(call).id:
        raise not_found()
    kept = await actions.keep(call, run, call.query.get("name", ""), call.body)
    kept.expired = "expired" in call.query
    call.store.artifacts.save(kept)
    return Reply(201, {"id": kept.id})


@routes("POST", "/repositories/{owner}/{repo}/issues/{number}/delete")
async def delete_issue(call: Call) -> Reply:
    """Delete an issue, as its page lets an admin: ``{by?}``."""
    call.actor = Actor(account=_sender(call, call.store.accounts[_named(call).owner_id]))
    transfers.delete(call, call.issue)
    return NO_CONTENT
