"""An App's webhook: its configuration, its deliveries, delivering again."""

from __future__ import annotations

import orjson

from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.problems import invalid, not_found
from bot.sandbox.github.records import Application, Delivery
from bot.sandbox.github.routes.apps import calling_app
from bot.sandbox.github.shapes.view import Json
from bot.sandbox.github.store import timestamp

routes = Routes()
PER_PAGE, MOST_PER_PAGE = 30, 100


def _config(app: Application) -> Json:
    secret = {"secret": "********"} if app.webhook_secret else {}
    return {"content_type": app.content_type, "insecure_ssl": "0", "url": app.webhook_url, **secret}


@routes("GET", "/app/hook/config")
async def get_config(call: Call) -> Reply:
    """Show where and how the App's webhooks are sent."""
    return Reply(200, _config(calling_app(call)))


@routes("PATCH", "/app/hook/config")
async def update_config(call: Call) -> Reply:
    """Change where the App's webhooks are sent and what they are signed with."""
    app, fields = calling_app(call), call.fields
    app.webhook_url = fields.text("url") or app.webhook_url
    secret = fields.text("secret")
    if secret is not None:
        app.webhook_secret = secret
    app.updated_at = timestamp()
    call.store.apps.save(app)
    return Reply(200, _config(app))


def _item(delivery: Delivery) -> Json:
    """Shape a ``hook-delivery-item``."""
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


@routes("GET", "/app/hook/deliveries")
async def list_deliveries(call: Call) -> Reply:
    """List the App's deliveries that are over, newest first; the next page is behind a cursor."""
    size = call.query.get("per_page", "")
    size_number = min(max(int(size), 1), MOST_PER_PAGE) if size.isdecimal() else PER_PAGE
    cursor = call.query.get("cursor", "")
    if cursor and not cursor.isdecimal():
        raise invalid("HookDelivery", "cursor")
    found = [
        each
        for each in reversed(call.store.deliveries.all(app=calling_app(call).id))
        if each.status != "pending" and (not cursor or each.id < int(cursor))
    ]
    match call.query.get("status"):
        case "success":
            found = [each for each in found if each.status == "OK"]
        case "failure":
            found = [each for each in found if each.status != "OK"]
    page = found[:size_number]
    headers = {}
    if len(found) > len(page):
        address = f"{call.view.links.api}/app/hook/deliveries?per_page={size_number}&cursor={page[-1].id}"
        headers["Link"] = f'<{address}>; rel="next"'
    return Reply(200, [_item(each) for each in page], headers)


def _find(call: Call) -> Delivery:
    app, found = calling_app(call), call.store.deliveries.get(call.number("id"))
    if found is None or found.app_id != app.id:
        raise not_found()
    return found


@routes("GET", "/app/hook/deliveries/{id}")
async def get_delivery(call: Call) -> Reply:
    """Show a delivery with what was sent and what came back."""
    delivery = _find(call)
    return Reply(
        200,
        {
            **_item(delivery),
            "url": delivery.url,
            "request": {"headers": delivery.request_headers, "payload": orjson.loads(delivery.payload)},
            "response": {"headers": delivery.response_headers, "payload": delivery.response},
        },
    )


@routes("POST", "/app/hook/deliveries/{id}/attempts")
async def redeliver(call: Call) -> Reply:
    """Deliver again, under the same GUID."""
    call.house.hooks.redeliver(_find(call))
    return Reply(202, {})
