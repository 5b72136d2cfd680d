"""Answer with the house's HTML pages, and with the headers that keep them from being misused."""

from __future__ import annotations

from fastapi.responses import HTMLResponse

from bot.rendering import render_page

# Pages need no script, no picture and nothing from elsewhere. The address of a page can hold a code.
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


def page(name: str, status: int = 200, /, **variables: object) -> HTMLResponse:
    """Render ``templates/pages/NAME.html.j2`` as an answer."""
    return HTMLResponse(render_page(f"pages/{name}.html.j2", **variables), status, headers=_HEADERS)
