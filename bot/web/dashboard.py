"""Show the operator what was learned of each repository, and what it would have done on the newest issues."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session

from bot.judged import standing_of, standings
from bot.knowledge import model_of
from bot.settings import Settings
from bot.triage.learning.names import TYPES
from bot.web.pages import page

NONE = "none"
"""What an evaluation calls it when no type was told."""

_ASK = HTTPBasic(realm="Giveback", auto_error=False)

Given = Annotated[HTTPBasicCredentials | None, Depends(_ASK)]


def routes(database: Engine, settings: Settings) -> APIRouter:
    """Give ``/dashboard`` and a page for each repository below it, for who knows the operator's token.

    The pages name private repositories and their issues, and the service cannot tell the operator's browser
    from others behind a proxy on the same machine: without a token in the settings nobody sees them.
    """
    router = APIRouter()

    def allow(given: Given) -> None:
        """Let pass who gives the token as the password; raises HTTPException."""
        if not _is_token(given, settings.dashboard_token):
            raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="Giveback"'})

    @router.get("/dashboard")
    def overview(given: Given) -> HTMLResponse:
        """List the repositories."""
        if settings.dashboard_token is None:
            return page("dashboard_closed", 403, variable=settings.variables()["dashboard_token"])
        allow(given)
        with Session(database) as session:
            return page("dashboard", standings=standings(session))

    @router.get("/dashboard/{home:path}", dependencies=[Depends(allow)])
    def repository(home: str) -> HTMLResponse:
        """Show one repository."""
        with Session(database) as session:
            standing, model = standing_of(session, home), model_of(session, home)
        if standing is None:
            raise HTTPException(404)
        if model is not None and settings.sentence_model is not None:
            model = model.with_meaning()
        told = standing.evaluation.types if standing.evaluation else {}
        named = set(told).union(*told.values())
        kinds = [kind for kind in (*TYPES, NONE) if kind in named]
        return page(
            "dashboard_repository", standing=standing, model=model, kinds=kinds, github=settings.github_url
        )

    return router


def _is_token(given: HTTPBasicCredentials | None, token: SecretStr | None) -> bool:
    if given is None or token is None:
        return False
    return secrets.compare_digest(given.password.encode(), token.get_secret_value().encode())
