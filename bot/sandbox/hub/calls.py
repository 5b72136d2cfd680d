"""One call to the Hub: who makes it, what its URL names, and what the caller may do there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.sandbox.hub.accounts import Accounts, Caller
from bot.sandbox.hub.collections import Collection, Collections
from bot.sandbox.hub.errors import HubError, bad_request, forbidden, repository_not_found
from bot.sandbox.hub.identities import Issuer
from bot.sandbox.hub.names import TYPES, RepoName, RepoType, valid_name
from bot.sandbox.hub.repository import Repo, Shelf
from bot.sandbox.hub.requestlog import USER, Entries, new_log
from bot.sandbox.hub.signing import Signer
from bot.sandbox.hub.wire import read_json

VIEWER_COOKIE = "viewer"
"""Names the user a browser looks at the pages as; it counts for nothing in the API."""


@dataclass(frozen=True)
class Hub:
    """Everything the handlers share."""

    accounts: Accounts
    shelf: Shelf
    collections: Collections
    signer: Signer
    issuer: Issuer
    lfs_threshold: int
    multipart_chunk: int | None
    public_url: str | None
    log: Entries = field(default_factory=new_log)


@dataclass(frozen=True)
class Call:
    """A request with the Hub it came to; ``caller`` is None for a request without a token."""

    hub: Hub
    request: Request
    caller: Caller | None

    @property
    def raw_path(self) -> str:
        """Give the path as it was sent, still quoted."""
        return str(self.request.scope["path"])

    @cached_property
    def base(self) -> str:
        """Give the address the client knows this Hub by."""
        return self.hub.public_url or f"{self.request.url.scheme}://{self.request.url.netloc}"

    def part(self, name: str) -> str:
        """Give a named part of the path, unquoted once."""
        return unquote(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """Give a query parameter."""
        return self.request.query_params.get(name, default)

    def flag(self, name: str) -> bool:
        """Say whether a query parameter is set to something true."""
        return self.query(name).lower() in ("1", "true")

    def number(self, name: str, default: int, highest: int) -> int:
        """Read a query parameter as a number from 0 to ``highest``. Raises HubError (400)."""
        text = self.query(name, str(default))
        if not text.isascii() or not text.isdigit():
            raise bad_request(f'"{name}" must be a number')
        return min(int(text), highest)

    async def json(self) -> dict[str, Any]:
        """Read the body as a JSON object; an empty body counts as an empty one. Raises HubError (400).

        Handlers that change something read it before they look at any state: nothing awaited comes between
        what they check and what they write.
        """
        parsed = read_json(await self.request.body() or b"{}")
        if not isinstance(parsed, dict):
            raise bad_request("The body must be a JSON object")
        return parsed

    def known_caller(self) -> Caller:
        """Return the caller. Raises HubError (401) without a token."""
        if self.caller is None:
            raise HubError(401, "Invalid username or password.")
        return self.caller

    def repo_name(self) -> RepoName:
        """Read the repository the path names."""
        return repo_name(
            self._type(), self.part("namespace"), self.part("name"), known=self.caller is not None
        )

    def readable(self) -> Repo:
        """Find the repository the path names.

        Raises HubError: 404 (401 for strangers) when it is missing or private to others, 307 when it moved.
        """
        name = self.repo_name()
        repo = self.hub.shelf.get(name)
        if repo is None:
            moved = self.hub.shelf.moved_to(name)
            target = self.hub.shelf.get(moved) if moved else None
            if target is not None and self.may_read(target):
                raise self._moved(name, target.name)
        if repo is None or not self.may_read(repo):
            raise repository_not_found(known_caller=self.caller is not None)
        return repo

    def writable(self) -> Repo:
        """Find the repository for a change. Raises HubError as ``readable``, and 401 or 403."""
        repo = self.readable()
        caller = self.known_caller()
        if not caller.may_write(repo.name, repo.settings.creator):
            self.refuse_read_token()
            raise forbidden(f"You don't have the rights to change {repo.name.path}")
        return repo

    def open_to_proposals(self) -> Repo:
        """Find the repository for a pull request or comment: whoever sees it may propose."""
        repo = self.readable()
        self.known_caller()
        self.refuse_read_token()
        return repo

    def downloadable(self) -> Repo:
        """Find the repository to take files from. Raises HubError as ``readable``, and GatedRepo."""
        repo = self.readable()
        if repo.settings.gated and not (self.caller and self.caller.may_see(repo.name)):
            status = 403 if self.caller else 401
            message = f"Access to {repo.name.type} {repo.name.id} is restricted."
            raise HubError(status, message, "GatedRepo")
        return repo

    def may_read(self, repo: Repo) -> bool:
        """Say whether the caller may know of a repository."""
        return not repo.settings.private or (self.caller is not None and self.caller.may_see(repo.name))

    def collection(self) -> Collection:
        """Find the collection the path names. Raises HubError (404) for a private one of others too."""
        collection = self.hub.collections.get(f"{self.part('namespace')}/{self.part('slug')}")
        if not self.may_see(collection):
            raise HubError(404, "Collection not found")
        return collection

    def may_see(self, collection: Collection) -> bool:
        """Say whether the caller may know of a collection."""
        role = self.caller.role_in(collection.owner) if self.caller else None
        return role is not None or not collection.private

    def refuse_read_token(self) -> None:
        """Raise HubError (403) when the token is good for reading only."""
        if self.known_caller().token.role == "read":
            raise forbidden("Forbidden: this token can only read; use one with the write role.")

    def _type(self) -> RepoType:
        kind = self.request.path_params.get("kind") or self.raw_path.split("/")[1]
        for type_ in TYPES:
            if kind == f"{type_}s":
                return type_
        if "kind" in self.request.path_params:
            raise HubError(404, "Not found")
        return "model"

    def _moved(self, name: RepoName, to: RepoName) -> HubError:
        path = self.raw_path.replace(f"/{quote(name.id)}", f"/{quote(to.id)}", 1)
        query = self.request.url.query
        location = self.base + path + (f"?{query}" if query else "")
        return HubError(307, f"{name.id} is now {to.id}", headers={"Location": location})


Handler = Callable[[Call], Awaitable[Response]]
Routes = list[tuple[str, str, Handler]]


def repo_name(type_: RepoType, namespace: object, name: object, *, known: bool = True) -> RepoName:
    """Build a name from what a client sent. Raises HubError when no repository can be called that."""
    if not (valid_name(namespace) and valid_name(name)):
        raise repository_not_found(known_caller=known)
    return RepoName(type_, str(namespace), str(name))


def repo_type(value: object) -> RepoType:
    """Read the ``type`` of a request body; models need none. Raises HubError (400)."""
    for type_ in TYPES:
        if (value or "model") == type_:
            return type_
    raise bad_request(f'"type" must be one of [{", ".join(TYPES)}]')


def answering(hub: Hub, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler: say who calls, turn refusals into answers."""

    async def answer(request: Request) -> Response:
        try:
            caller = _authenticate(hub, request)
            request.scope[USER] = caller.name if caller else None
            response = await handler(Call(hub, request, caller))
        except HubError as error:
            response = _refusal(error)
        except ClientDisconnect:
            # Nobody is there to read it; the status is for the log.
            response = Response(status_code=499)
        return response

    return answer


def _authenticate(hub: Hub, request: Request) -> Caller | None:
    header = request.headers.get("authorization", "")
    scheme, _, secret = header.partition(" ")
    if not header or request.scope["path"].startswith("/_sandbox/"):
        viewer = request.cookies.get(VIEWER_COOKIE)
        is_page = not request.scope["path"].startswith("/api/")
        return hub.accounts.viewer(viewer) if viewer and is_page else None
    caller = hub.accounts.caller(secret.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise HubError(401, "Invalid credentials in Authorization header")
    return caller


def _refusal(error: HubError) -> Response:
    printable = "".join(char if " " <= char <= "~" else "?" for char in error.message)
    headers = {"X-Error-Message": printable}
    if error.code:
        headers["X-Error-Code"] = error.code
    return JSONResponse({"error": error.message, **error.body}, error.status, {**headers, **error.headers})
