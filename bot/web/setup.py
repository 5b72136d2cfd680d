"""Register the GitHub App from app.yml in a browser, for a service that has none yet."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from bot import __version__
from bot.app_manifest import events, permissions, read_app_manifest
from bot.errors import RefusedError, TransientError
from bot.github.registration import convert
from bot.inbox import PATH as WEBHOOK
from bot.settings import Settings
from bot.web.credentials import check_writable, credentials_file, write_credentials
from bot.web.health import Health
from bot.web.pages import page

STATE_LIFE = 3600.0
"""Seconds between leaving for GitHub and coming back; GitHub's codes live an hour as well."""

FORM_LIMIT = 10_000
"""Bytes of the form people fill in."""

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
"""An organisation's name on GitHub."""


class FormError(Exception):
    """The form cannot be taken as it is; the message says what to change."""


class Leaves:
    """Remember who left for GitHub, so that only they come back: once, and within an hour."""

    def __init__(self) -> None:
        self._left: dict[str, tuple[float, str]] = {}

    def leave(self, public_url: str, now: float) -> str:
        """Give a new ``state`` for the service's address."""
        self._left = {state: left for state, left in self._left.items() if left[0] + STATE_LIFE > now}
        state = secrets.token_urlsafe(32)
        self._left[state] = now, public_url
        return state

    def come_back(self, state: str, now: float) -> str | None:
        """Give the address a ``state`` was for; ``None`` when nobody left with it, or too long ago."""
        left, public_url = self._left.pop(state, (now - STATE_LIFE, ""))
        return public_url if left + STATE_LIFE > now else None


def create_setup_app(settings: Settings, key: str) -> FastAPI:
    """Build what is served while no App is configured: ``/``, ``/health`` and the way through ``/setup``.

    Whoever comes first must not be able to make the service theirs, so the form asks for ``key``, which
    only the operator's console shows. GitHub's manifest flow does the rest (GitHub docs: "Registering a
    GitHub App from a manifest"): the browser brings app.yml to GitHub and comes back with a code.
    """
    app = FastAPI(
        title="Giveback setup", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )
    file = credentials_file(settings)
    leaves = Leaves()

    @app.get("/")
    def front() -> HTMLResponse:
        """Show the front page."""
        setup = {"file": file if file.exists() else None}
        return page("front", settings=settings, version=__version__, app_page=None, setup=setup)

    @app.get("/health")
    def health() -> Health:
        """Say that the service waits for its App; it is not ill."""
        return Health(status="no App is set up yet")

    @app.get("/setup")
    def choose(request: Request) -> HTMLResponse:
        """Ask who shall own the App, and say what it will be allowed to do."""
        return _registered_before(file) or _form(settings, request)

    @app.post("/setup")
    async def leave_for_github(request: Request) -> HTMLResponse:
        """Show the button that brings the manifest to GitHub."""
        if before := _registered_before(file):
            return before
        try:
            given = await _read_form(request)
            _check_key(given, key)
            public_url, target = _public_url(settings, given), _target(settings, given)
            check_writable(file)
        except FormError as error:
            return _form(settings, request, str(error))
        except OSError as error:
            return _form(settings, request, f"Nothing can be written to {file.parent}: {error.strerror}.")
        target += f"?state={leaves.leave(public_url, time.monotonic())}"
        manifest = json.dumps(manifest_for(public_url))
        return page("setup_github", target=target, manifest=manifest, public_url=public_url)

    @app.get("/setup/done")
    async def come_back(code: str = "", state: str = "") -> HTMLResponse:
        """Turn GitHub's code into the App's credentials, and write them where only the operator reads."""
        if before := _registered_before(file):
            return before
        public_url = leaves.come_back(state, time.monotonic())
        if public_url is None:
            said = "This link is from another start of the service, was used before, or is over an hour old."
            return page("setup_refused", 403, said=said)
        return await _finish(settings, file, public_url, code)

    return app


def manifest_for(public_url: str) -> dict[str, Any]:
    """Complete app.yml with the addresses of a service at ``public_url``."""
    manifest = read_app_manifest()
    hook = {**manifest["hook_attributes"], "url": f"{public_url}{WEBHOOK}"}
    addresses = {"url": public_url, "hook_attributes": hook, "redirect_url": f"{public_url}/setup/done"}
    return manifest | addresses


async def _finish(settings: Settings, file: Path, public_url: str, code: str) -> HTMLResponse:
    try:
        registered = await convert(settings.github_api_url, code)
    except (RefusedError, TransientError) as error:
        return page("setup_refused", 502, said=f"The App was not registered: {error}. Please start again.")
    try:
        variables = write_credentials(file, registered, public_url)
    except OSError as error:
        return page("setup_lost", 500, file=file, app=registered, why=error.strerror)
    return page("setup_done", file=file, app=registered, variables=variables)


def _form(settings: Settings, request: Request, refusal: str = "") -> HTMLResponse:
    here = str(request.base_url).rstrip("/")
    asked = {"permissions": permissions(), "events": events()}
    return page("setup", 422 if refusal else 200, settings=settings, here=here, refusal=refusal, **asked)


def _registered_before(file: Path) -> HTMLResponse | None:
    if not file.exists():
        return None
    said = f"An App was registered before; its settings are in {file}. Restart the service with them."
    return page("setup_refused", 409, said=said)


async def _read_form(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise FormError("The form is longer than anything it asks for.")
    return {name: values[-1].strip() for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _check_key(given: Mapping[str, str], key: str) -> None:
    if not secrets.compare_digest(given.get("key", "").encode(), key.encode()):
        raise FormError("This is not the key. The service wrote it to its console when it started.")


def _public_url(settings: Settings, given: Mapping[str, str]) -> str:
    if settings.public_url:
        return settings.public_url
    url = given.get("public_url", "").rstrip("/")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in {"http", "https"}
        or not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc)
        or parts.query
    ):
        raise FormError("The service's address has to look like https://giveback.example.org.")
    return url


def _target(settings: Settings, given: Mapping[str, str]) -> str:
    if given.get("owner") != "organization":
        return f"{settings.github_url}/settings/apps/new"
    organization = given.get("organization", "")
    if not _LOGIN.fullmatch(organization):
        raise FormError("Write the organisation's name as it stands in its address on GitHub.")
    return f"{settings.github_url}/organizations/{organization}/settings/apps/new"
