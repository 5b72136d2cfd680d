"""Tell the Apps what happened: build an event's payload once and send it to each that wants it."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.github.house import House
from bot.sandbox.github.records import Account, Application, Installation, Repository
from bot.sandbox.github.shapes import accounts, repositories
from bot.sandbox.github.shapes.view import Json, View

ZEN = "Practicality beats purity."


def emit(
    house: House,
    view: View,
    repository: Repository,
    sender: Account,
    event: str,
    action: str | None,
    content: Callable[[], Json],
    *,
    to: int | None = None,
) -> None:
    """Send an event about a repository; ``content`` is only built when somebody listens.

    With ``to`` it goes to the App of that id alone.
    """
    listeners = [each for each in house.hooks.listeners(event, repository) if to in (None, each[0].id)]
    if not listeners:
        return
    owner = house.store.accounts[repository.owner_id]
    payload = {
        **({"action": action} if action else {}),
        **content(),
        "repository": repositories.repository(view, repository),
        **(
            {"organization": accounts.organization_simple(view, owner)}
            if owner.kind == "Organization"
            else {}
        ),
        "sender": accounts.user(view, sender),
    }
    if event == "push":
        payload["repository"] |= _push_extras(payload["repository"])
    for app, installation in listeners:
        addressed = payload | {"installation": accounts.installation_reference(installation)}
        house.hooks.send(app, event, addressed, installation=installation, repository=repository)


def _push_extras(repository: Json) -> Json:
    """List what the repository of a push payload has besides."""
    return {
        "master_branch": repository["default_branch"],
        "stargazers": repository["stargazers_count"],
        "owner": repository["owner"] | {"name": repository["owner"]["login"], "email": None},
    }


def emit_installation(
    house: House, view: View, installation: Installation, action: str, sender: Account
) -> None:
    """Tell an App that it was installed, removed, suspended or taken back into use."""
    app = house.store.apps[installation.app_id]
    payload = {
        "action": action,
        "installation": accounts.installation(view, installation),
        "repositories": [repositories.reference(view, each) for each in installed_on(house, installation)],
        "requester": None,
        "sender": accounts.user(view, sender),
    }
    if action != "created":
        del payload["requester"]
    house.hooks.send(app, "installation", payload, installation=installation)


def emit_installation_repositories(
    house: House,
    view: View,
    installation: Installation,
    sender: Account,
    *,
    added: list[Repository],
    removed: list[Repository],
) -> None:
    """Tell an App that its installation has more or fewer repositories."""
    app = house.store.apps[installation.app_id]
    payload = {
        "action": "added" if added else "removed",
        "installation": accounts.installation(view, installation),
        "repository_selection": "all" if installation.repository_ids is None else "selected",
        "repositories_added": [repositories.reference(view, each) for each in added],
        "repositories_removed": [repositories.reference(view, each) for each in removed],
        "requester": None,
        "sender": accounts.user(view, sender),
    }
    house.hooks.send(app, "installation_repositories", payload, installation=installation)


def emit_new_repository(house: House, view: View, repository: Repository, sender: Account) -> None:
    """Tell the Apps about a new repository, and those installed everywhere that it is now theirs too."""
    emit(house, view, repository, sender, "repository", "created", dict)
    for installation in house.store.installations.all(account=repository.owner_id):
        if installation.repository_ids is None and not installation.suspended_at:
            emit_installation_repositories(house, view, installation, sender, added=[repository], removed=[])


def emit_ping(house: House, view: View, app: Application) -> None:
    """Greet an App's new hook."""
    config = {"content_type": app.content_type, "insecure_ssl": "0", "url": app.webhook_url}
    hook = {
        "type": "App",
        "id": app.hook_id,
        "name": "web",
        "active": True,
        "events": app.events,
        "config": config | ({"secret": "********"} if app.webhook_secret else {}),
        "updated_at": app.updated_at,
        "created_at": app.created_at,
        "app_id": app.id,
        "deliveries_url": f"{view.links.api}/app/hook/deliveries",
    }
    house.hooks.send(app, "ping", {"zen": ZEN, "hook_id": app.hook_id, "hook": hook})


def installed_on(house: House, installation: Installation) -> list[Repository]:
    """List the repositories an installation covers."""
    owned = house.store.repositories.all(owner=installation.account_id)
    chosen = installation.repository_ids
    return [each for each in owned if chosen is None or each.id in chosen]
