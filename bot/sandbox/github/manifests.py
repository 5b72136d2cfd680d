"""Take GitHub App manifests from a browser, the first step of their flow."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox.github.records import Manifest
from bot.sandbox.github.site import house_of


async def new_app(request: Request) -> Response:
    """Take an App manifest from a form and send the browser back with its code, asking nothing.

    GitHub asks the person for the App's name first (docs: registering a GitHub App from a manifest).
    """
    form = parse_qs((await request.body()).decode(errors="replace"))
    try:
        content = orjson.loads(form.get("manifest", [""])[0])
        target = str(content["redirect_url"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Response("The form needs a manifest with a redirect_url.", 422, media_type="text/plain")
    house = house_of(request)
    login = request.path_params.get("organization", "github")
    owner = house.store.accounts.one(login=login.lower()) or house.add_account(login, "Organization")
    manifest = Manifest(house.store.next_id(), house.new_secret(), owner.id, content)
    house.store.manifests.save(manifest)
    house.store.commit()
    state = request.query_params.get("state") or form.get("state", [""])[0]
    answer = {"code": manifest.code, **({"state": state} if state else {})}
    return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}", 302)


ROUTES = [
    Route("/settings/apps/new", new_app, methods=["POST"]),
    Route("/organizations/{organization}/settings/apps/new", new_app, methods=["POST"]),
]
