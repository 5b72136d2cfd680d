"""See what the sandbox was asked and what it sent, and set its limits, as ``/_sandbox/...`` endpoints."""

from __future__ import annotations

from bot.sandbox.github.calls import NO_CONTENT, Call, Reply, Routes
from bot.sandbox.github.shapes.view import Json

routes = Routes()


@routes("GET", "/requests")
async def requests(call: Call) -> Reply:
    """List the API requests after ``since``, oldest first, with the number of the last one."""
    since = call.query.get("since", "0")
    first = int(since) if since.isdecimal() else 0
    listed: list[Json] = [each for each in call.house.requests if each["sequence"] > first]
    return Reply(200, {"last": call.house.request_count, "requests": listed})


@routes("POST", "/requests/clear")
async def clear_requests(call: Call) -> Reply:
    """Forget the requests so far; their numbering goes on."""
    call.house.requests.clear()
    return NO_CONTENT


@routes("PUT", "/limits")
async def set_limits(call: Call) -> Reply:
    """Change the primary rate limit: ``{hourly}`` requests per caller, beginning a new hour for all."""
    hourly = call.fields.number("hourly")
    if hourly is not None:
        call.house.hourly_limit = hourly
    call.house.reset_allowances()
    return Reply(200, {"hourly": call.house.hourly_limit})


@routes("GET", "/deliveries")
async def deliveries(call: Call) -> Reply:
    """Say how many deliveries are waiting, and list what became of those that are over."""
    listed = [
        {
            "id": each.id,
            "guid": each.guid,
            "event": each.event,
            "action": each.action,
            "status": each.status,
            "status_code": each.status_code,
            "redelivery": each.redelivery,
        }
        for each in call.store.deliveries
    ]
    return Reply(200, {"waiting": call.house.hooks.waiting, "deliveries": listed})
