"""Show people who open the service's address what it is, how it stands and how to install it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from bot import __version__
from bot.settings import Settings
from bot.web.pages import page


def routes(settings: Settings) -> APIRouter:
    """Give ``GET /`` of a service whose App is configured."""
    router = APIRouter()

    @router.get("/")
    def front() -> HTMLResponse:
        """Show the front page."""
        return page("front", settings=settings, version=__version__, app_page=app_page(settings), setup=None)

    return router


def app_page(settings: Settings) -> str:
    """Give the address of the App's page on GitHub.

    GitHub Enterprise Server has it below ``/github-apps/``, github.com and ghe.com below ``/apps/``
    (GitHub docs: "Sharing your GitHub App", of each edition).
    """
    is_server = settings.github_api_url.endswith("/api/v3")
    return f"{settings.github_url}/{'github-apps' if is_server else 'apps'}/{settings.slug}"
