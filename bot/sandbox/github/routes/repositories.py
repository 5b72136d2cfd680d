"""Repositories: show, list, create, fork, change, rename, delete."""

from __future__ import annotations

from bot.sandbox.github import content, git
from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes, in_thread
from bot.sandbox.github.events import emit, emit_new_repository
from bot.sandbox.github.permissions import has_role, reaches
from bot.sandbox.github.problems import Problem, must_have_rights, not_accessible, not_found, refused
from bot.sandbox.github.records import Account, Repository
from bot.sandbox.github.routes.users import find_account
from bot.sandbox.github.shapes import repositories as shapes
from bot.sandbox.github.store import timestamp

routes = Routes()


def _full(call: Call, repository: Repository, status: int = 200) -> Reply:
    return Reply(status, shapes.full_repository(call.view, repository, call.actor.account))


async def rename_repository(call: Call, repository: Repository, name: str, sender: Account) -> None:
    """Give a repository another name and keep the old one as a redirect."""
    before, owner = repository.name, call.store.accounts[repository.owner_id]
    if call.house.find_repository(owner.login, name):
        raise refused("Repository", "name already exists on this account", "name")
    opened = call.house.git(repository)
    repository.former_names.append(f"{owner.login}/{before}".lower())
    repository.name = name
    await in_thread(opened.move, call.house.folder(repository))
    call.store.repositories.save(repository)
    changes = {"repository": {"name": {"from": before}}}
    emit(call.house, call.view, repository, sender, "repository", "renamed", lambda: {"changes": changes})


async def delete_repository(call: Call, repository: Repository, sender: Account) -> None:
    """Delete a repository; pull requests from it stay, without their head repository."""
    emit(call.house, call.view, repository, sender, "repository", "deleted", dict)
    await in_thread(call.house.forget_git(repository).delete)
    store = call.store
    for pull in store.pulls:
        if pull.head_repository_id == repository.id and pull.repository_id != repository.id:
            pull.head_repository_id = None
            store.pulls.save(pull)
    for fork in store.repositories.all(parent=repository.id):
        fork.parent_id = None
        store.repositories.save(fork)
    for issue in store.issues.all(repository=repository.id):
        store.issues.remove(issue)
    for each in store.pulls.all(repository=repository.id):
        store.pulls.remove(each)
    for comment in store.comments.all(repository=repository.id):
        store.comments.remove(comment)
    for installation in store.installations.all(account=repository.owner_id):
        if installation.repository_ids and repository.id in installation.repository_ids:
            installation.repository_ids.remove(repository.id)
            store.installations.save(installation)
    store.repositories.remove(repository)


@routes("GET", "/repos/{owner}/{repo}", app="metadata:read")
async def get_repository(call: Call) -> Reply:
    """Show a repository."""
    return _full(call, call.repository)


@routes("PATCH", "/repos/{owner}/{repo}", app="administration:write", role="admin")
async def update_repository(call: Call) -> Reply:
    """Change a repository's settings or its name."""
    repository, fields = call.repository, call.fields
    name = fields.text("name")
    if name and name != repository.name:
        await rename_repository(call, repository, name, call.account)
    if (private := fields.flag("private")) is not None and private != repository.private:
        repository.private = private
        call.emit("repository", "privatized" if private else "publicized", dict)
    if (archived := fields.flag("archived")) is not None:
        repository.archived = archived
    if (has_issues := fields.flag("has_issues")) is not None:
        repository.has_issues = has_issues
    if (has_discussions := fields.flag("has_discussions")) is not None:
        repository.has_discussions = has_discussions
    if "description" in fields:
        repository.description = fields.text("description")
    if "homepage" in fields:
        repository.homepage = fields.text("homepage")
    if branch := fields.text("default_branch"):
        if not call.git.read(f"refs/heads/{branch}"):
            raise refused("Repository", f"The branch {branch} was not found.", "default_branch")
        await in_thread(git.run, call.git.folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        repository.default_branch = branch
    repository.updated_at = timestamp()
    call.store.repositories.save(repository)
    return _full(call, repository)


@routes("DELETE", "/repos/{owner}/{repo}", app="administration:write", role="admin")
async def remove_repository(call: Call) -> Reply:
    """Delete a repository."""
    await delete_repository(call, call.repository, call.account)
    return NO_CONTENT


async def _create(call: Call, owner: Account) -> Reply:
    name = call.fields.needed("name")
    repository = await content.create_repository(
        call.house,
        owner,
        name,
        private=call.fields.flag("private") or False,
        default_branch="main",
        description=call.fields.text("description"),
        files={"README.md": f"# {name}\n".encode()} if call.fields.flag("auto_init") else {},
    )
    emit_new_repository(call.house, call.view, repository, call.account)
    reply = _full(call, repository, 201)
    reply.headers["Location"] = reply.body["url"]
    return reply


@routes("POST", "/user/repos")
async def create_own(call: Call) -> Reply:
    """Create a repository of the caller's own."""
    if call.actor.app is not None:
        raise not_accessible()
    return await _create(call, call.account)


@routes("POST", "/orgs/{login}/repos")
async def create_in_organization(call: Call) -> Reply:
    """Create a repository in an organisation the caller is a member of."""
    owner = find_account(call, call.path["login"])
    if call.actor.app is not None:
        raise not_accessible()
    if call.account.id not in owner.members:
        raise must_have_rights()
    return await _create(call, owner)


def _visible(call: Call, owner: Account) -> list[Repository]:
    owned = call.store.repositories.all(owner=owner.id)
    return [
        each
        for each in owned
        if reaches(call.actor, each) or has_role(call.store, call.actor.account, each, "read")
    ]


async def _list(call: Call) -> Reply:
    found = _visible(call, find_account(call, call.path["login"]))
    return call.page(found, lambda each: shapes.repository(call.view, each))


routes("GET", "/users/{login}/repos")(_list)
routes("GET", "/orgs/{login}/repos")(_list)


@routes("GET", "/user/repos")
async def list_own(call: Call) -> Reply:
    """List the repositories the caller owns or works in."""
    found = [
        each
        for each in call.store.repositories
        if each.owner_id == call.account.id
        or each.id in call.account.members
        or has_role(call.store, call.account, each, "triage")
    ]
    return call.page(found, lambda each: shapes.repository(call.view, each))


@routes("POST", "/repos/{owner}/{repo}/forks", app="administration|contents:read")
async def create_fork(call: Call) -> Reply:
    """Fork a repository with all its content; forking twice answers the fork there is."""
    source, wanted = call.repository, call.fields.text("organization")
    owner = find_account(call, wanted) if wanted else call.account
    for fork in call.store.repositories.all(parent=source.id):
        if fork.owner_id == owner.id:
            return _full(call, fork, 202)
    if owner.id == source.owner_id:
        raise Problem(403, "You cannot fork a repository you own.")
    name = call.fields.text("name") or source.name
    if call.house.find_repository(owner.login, name):
        name = f"{name}-1"
    moment = timestamp()
    fork = Repository(
        id=call.store.next_id(),
        owner_id=owner.id,
        name=name,
        private=source.private,
        default_branch=source.default_branch,
        created_at=moment,
        updated_at=moment,
        pushed_at=source.pushed_at,
        description=source.description,
        parent_id=source.id,
        has_issues=False,
    )
    call.store.repositories.save(fork)
    await in_thread(git.clone, call.git.folder, call.house.folder(fork))
    emit_new_repository(call.house, call.view, fork, call.account)
    return _full(call, fork, 202)


@routes("GET", "/repos/{owner}/{repo}/forks", app="metadata:read")
async def list_forks(call: Call) -> Reply:
    """List a repository's forks."""
    found = call.store.repositories.all(parent=call.repository.id)
    return call.page(found, lambda each: shapes.repository(call.view, each))


@routes("GET", "/repos/{owner}/{repo}/topics", app="metadata:read")
async def get_topics(call: Call) -> Reply:
    """List a repository's topics."""
    return Reply(200, {"names": call.repository.topics})


@routes("PUT", "/repos/{owner}/{repo}/topics", app="administration:write", role="admin")
async def set_topics(call: Call) -> Reply:
    """Replace a repository's topics."""
    call.fields.required("names")
    call.repository.topics = call.fields.texts("names") or []
    call.store.repositories.save(call.repository)
    return Reply(200, {"names": call.repository.topics})


@routes("GET", "/repos/{owner}/{repo}/languages", app="metadata:read")
async def languages(call: Call) -> Reply:
    """Answer no languages: the sandbox does not look into files."""
    return Reply(200, {})


@routes("POST", "/repos/{owner}/{repo}/dispatches", app="contents:write", role="write")
async def dispatch(call: Call) -> Reply:
    """Send a ``repository_dispatch`` event."""
    kind = call.fields.needed("event_type")
    given = call.fields.object("client_payload")
    content = {"branch": call.repository.default_branch, "client_payload": given.content if given else {}}
    call.emit("repository_dispatch", kind, lambda: content)
    return NO_CONTENT


@routes("GET", "/repositories/{id}", app=None)
async def get_by_id(call: Call) -> Reply:
    """Answer for an id nothing has; the others were turned into names before they got here."""
    raise not_found()
