"""Answer calls about collections."""

from __future__ import annotations

import secrets

from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.calls import Call, Routes
from bot.sandbox.hub.collections import Collection, Item
from bot.sandbox.hub.discussions import isoformat
from bot.sandbox.hub.errors import HubError, bad_request, forbidden
from bot.sandbox.hub.names import TYPES, RepoName, valid_name
from bot.sandbox.hub.repository import now
from bot.sandbox.hub.shapes import collection_shape

TITLE_LIMIT = 60
NOTE_LIMIT = 500
"""Characters (hub-docs, "Collections")."""


async def create(call: Call) -> Response:
    """Create a collection in a namespace one may create in."""
    body = await call.json()
    owner, title = str(body.get("namespace")), _title(body.get("title"))
    if not call.known_caller().may_create_in(owner):
        call.refuse_read_token()
        raise forbidden(f"You don't have the rights to create a collection under {owner}")
    made = call.hub.collections.add(
        owner, title, isoformat(now()), body.get("description"), bool(body.get("private"))
    )
    return JSONResponse(collection_shape(made))


async def show(call: Call) -> Response:
    """Show a collection; a private one to its owners only."""
    return JSONResponse(collection_shape(call.collection()))


async def list_all(call: Call) -> Response:
    """List the collections the caller may see, optionally of one owner."""
    shown = [made for made in call.hub.collections.by_slug.values() if call.may_see(made)]
    if owner := call.query("owner"):
        shown = [made for made in shown if made.owner == owner]
    shapes = [collection_shape(made) for made in shown]
    for shape in shapes:
        # The client counts the places in a list itself and stumbles over a second count.
        del shape["position"]
    return JSONResponse(shapes)


async def update(call: Call) -> Response:
    """Change title, description, theme, place or visibility."""
    body = await call.json()
    made = _changeable(call)
    if "title" in body:
        made.title = _title(body["title"])
    if "description" in body:
        made.description = str(body["description"])
    if "private" in body:
        made.private = bool(body["private"])
    if "theme" in body:
        made.theme = str(body["theme"])
    if isinstance(body.get("position"), int):
        made.position = body["position"]
    return _kept(call, made, wrapped=True)


async def delete(call: Call) -> Response:
    """Delete a collection."""
    call.hub.collections.remove(_changeable(call).slug)
    return JSONResponse({})


async def add_item(call: Call) -> Response:
    """Add something at the end; a repository must be there and visible."""
    body = await call.json()
    made = _changeable(call)
    asked = body.get("item")
    if not isinstance(asked, dict) or not isinstance(asked.get("id"), str):
        raise bad_request('"item" needs an id and a type')
    kind, id_ = str(asked.get("type")), asked["id"]
    _must_exist(call, kind, id_)
    if any((item.kind, item.id) == (kind, id_) for item in made.items):
        raise HubError(409, f"{id_} is in this collection already")
    made.items.append(Item(secrets.token_hex(12), id_, kind, _note(body.get("note"))))
    return _kept(call, made)


async def update_item(call: Call) -> Response:
    """Change an item's note or its place."""
    body = await call.json()
    made = _changeable(call)
    item = made.item(call.part("item"))
    if "note" in body:
        item.note = _note(body["note"])
    if isinstance(body.get("position"), int):
        made.items.remove(item)
        made.items.insert(max(body["position"], 0), item)
    return _kept(call, made, wrapped=True)


async def delete_item(call: Call) -> Response:
    """Take an item out."""
    made = _changeable(call)
    made.items.remove(made.item(call.part("item")))
    return _kept(call, made, wrapped=True)


def _kept(call: Call, made: Collection, *, wrapped: bool = False) -> Response:
    made.updated = isoformat(now())
    call.hub.collections.save()
    shape = collection_shape(made)
    return JSONResponse({"success": True, "data": shape} if wrapped else shape)


def _changeable(call: Call) -> Collection:
    made = call.collection()
    if not call.known_caller().may_create_in(made.owner):
        raise forbidden(f"You don't have the rights to change the collections of {made.owner}")
    return made


def _must_exist(call: Call, kind: str, id_: str) -> None:
    if kind not in (*TYPES, "paper", "collection"):
        raise bad_request(f'"item.type" must be one of [{", ".join(TYPES)}, paper, collection]')
    for type_ in TYPES:
        namespace, _, name = id_.partition("/")
        repo = call.hub.shelf.get(RepoName(type_, namespace, name)) if valid_name(name) else None
        if type_ == kind and (repo is None or not call.may_read(repo)):
            raise HubError(404, f"{kind} {id_} not found")


def _title(title: object) -> str:
    if not isinstance(title, str) or not 0 < len(title.strip()) < TITLE_LIMIT:
        raise bad_request(f'"title" must have 1 to {TITLE_LIMIT - 1} characters')
    return title.strip()


def _note(note: object) -> str | None:
    if note is not None and len(str(note)) > NOTE_LIMIT:
        raise bad_request(f'"note" must have at most {NOTE_LIMIT} characters')
    return None if note is None else str(note)


_ONE = "/api/collections/{namespace}/{slug}"

ROUTES: Routes = [
    ("GET", "/api/collections", list_all),
    ("POST", "/api/collections", create),
    ("GET", _ONE, show),
    ("PATCH", _ONE, update),
    ("DELETE", _ONE, delete),
    ("POST", _ONE + "/items", add_item),
    ("PATCH", _ONE + "/items/{item}", update_item),
    ("DELETE", _ONE + "/items/{item}", delete_item),
]
