"""Let pipelines ask for releases over HTTP, and see what became of them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, cast

from fastapi import APIRouter, Header, Path, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot import api_tokens, store
from bot.api_tokens import ApiToken
from bot.commands import Permission
from bot.errors import GoneError, RefusedError, TransientError
from bot.events import RELEASE_ASKED, Repository, Thread
from bot.features.release_model.starts import answer
from bot.installations import Installation, Installations
from bot.own_events import own_delivery
from bot.release.starting import Ask, Obstacle, Refusal, refuse
from bot.web.allowances import Allowance
from bot.web.problems import ApiProblem, Guard, described, route_class
from bot.web.release_states import FEATURE, ReleaseState, release_id, state_of

BODY_LIMIT = 16_384
"""Bytes of a call's body."""

ASKING = (30, 3600.0)
READING = (1200, 3600.0)
"""Calls of one token in so many seconds: those that ask for something, and those that look."""

FAILING = (60, 60.0)
"""Calls with no good token in so many seconds, of everybody together: nobody shall try tokens for long."""

_PLACE = r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$"
_STATUS = {Obstacle.PERMISSION: 403, Obstacle.UNDER_WAY: 409}


class ReleaseAsked(BaseModel):
    """What a pipeline wants released."""

    model_config = ConfigDict(extra="forbid")

    repository: str = Field(pattern=_PLACE, description="The GitHub repository, as owner/repo.")
    version: str = Field(
        "", max_length=100, description="The version you mean; the manifest's when left out."
    )
    dry_run: bool = Field(
        False, description="Ask the gates and list what would be done, and do nothing of it."
    )
    thread: int = Field(
        0, ge=0, lt=2**31, description="Issue or pull request to report on; without one an issue is opened."
    )


Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        description="Anything that is the same when the same call is tried again, and otherwise is not, such "
        "as the id of the pipeline's run. However often it comes, one release is started.",
    ),
]
Id = Annotated[str, Path(max_length=200)]


def routes(database: Engine, installations: Installations, stored: Callable[[], None]) -> APIRouter:
    """Give ``POST /api/releases`` and ``GET /api/releases/{id}``.

    ``installations`` are for this router's event loop alone; ``stored`` is called when there is news in the
    inbox.
    """
    asking, reading, failing = Allowance(*ASKING), Allowance(*READING), Allowance(*FAILING)
    guard = _guard(database, asking, reading, failing)
    router = APIRouter(
        prefix="/api",
        route_class=route_class(guard),
        dependencies=[Security(HTTPBearer(auto_error=False, scheme_name="token"))],
        tags=["releases"],
    )

    @router.post(
        "/releases", status_code=202, responses=described(400, 401, 403, 404, 409, 413, 422, 429, 503)
    )
    async def ask_for_release(
        asked: ReleaseAsked, key: Key, request: Request, response: Response
    ) -> ReleaseState:
        """Ask for a release. People still have to approve it, and not the token's owner.

        What can be known at once to stand in the way is said at once. What the answer shows goes on by
        itself; ask for it again at the address in ``Location``.
        """
        token = _token(request)
        if not token.reaches(asked.repository):
            raise _not_here(asked.repository)
        guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"giveback:{token.id}/{key}"))
        said: dict[str, object] = {
            "sender": {"login": token.owner, "id": token.owner_account, "type": "User"},
            "client_payload": asked.model_dump(exclude={"repository"}),
        }
        if not await asyncio.to_thread(_was_asked, database, guid, asked, said):
            with _github():
                number = await installations.app.installation_of(asked.repository)
                place = await _check(installations(number), asked, token)
            thread = Thread(place.full_name, 0, place.id)
            delivery = own_delivery(RELEASE_ASKED, "asked", number, thread, guid, said)
            if not await asyncio.to_thread(_store, database, delivery):
                # The same key came twice at once, and the other call was first.
                await asyncio.to_thread(_was_asked, database, guid, asked, said)
            stored()
        response.headers["location"] = f"/api/releases/{release_id(guid)}"
        return await asyncio.to_thread(_look, database, release_id(guid), token, installations.web_url)

    @router.get("/releases/{id}", responses=described(401, 404, 429, 503))
    async def see_release(id: Id, request: Request) -> ReleaseState:
        """Say how far a release is, to a token whose owner may see the repository now."""
        token = _token(request)
        state = await asyncio.to_thread(_look, database, id, token, installations.web_url)
        with _github():
            number = await installations.app.installation_of(state.repository)
            reader = installations(number).reader
            held = await reader.permission(state.repository, token.owner, token.owner_account)
        if held < Permission.READ:
            raise _no_such_release()
        return state

    return router


def _guard(database: Engine, asking: Allowance, reading: Allowance, failing: Allowance) -> Guard:
    async def guard(request: Request) -> None:
        """Let pass who has a good token, calls no more often than is right, and sends no more than is."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = (
            await asyncio.to_thread(_find, database, given.strip()) if scheme.lower() == "bearer" else None
        )
        if token is None:
            _heed(failing.wait("nobody"))
            raise ApiProblem(
                401,
                "token",
                "A good token is needed",
                "Send `Authorization: Bearer` and a token. The operator makes one: `giveback tokens create`.",
                headers={"WWW-Authenticate": 'Bearer realm="Giveback"'},
            )
        _heed((asking if request.method == "POST" else reading).wait(token.id))
        if request.method == "POST":
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > BODY_LIMIT:
                said = f"Send a body of at most {BODY_LIMIT} bytes, and its length in Content-Length."
                raise ApiProblem(413, "too-large", "The body is too large", said)
        request.state.token = token

    return guard


def _heed(wait: float) -> None:
    if wait:
        seconds = str(int(wait) + 1)
        detail = f"Try again in {seconds} seconds."
        raise ApiProblem(429, "too-often", "Too many calls", detail, headers={"Retry-After": seconds})


def _token(request: Request) -> ApiToken:
    return cast(ApiToken, request.state.token)


def _find(database: Engine, token: str) -> ApiToken | None:
    with Session(database, expire_on_commit=False) as session:
        return api_tokens.find(session, token, time.time())


def _was_asked(database: Engine, guid: str, asked: ReleaseAsked, said: dict[str, object]) -> bool:
    """Tell whether the same was asked for before under the same key."""
    with Session(database) as session:
        delivery = store.find_delivery(session, guid)
        if delivery is None:
            return False
        before = json.loads(delivery.body)
    is_same = (delivery.repository or "").lower() == asked.repository.lower()
    if not is_same or before["client_payload"] != said["client_payload"]:
        raise ApiProblem(
            422,
            "key-used",
            "The Idempotency-Key was used for something else",
            "Send the same call again as it was, or take a new key for another one.",
        )
    return True


def _store(database: Engine, delivery: store.Delivery) -> bool:
    """Store a delivery; False when there is one of its name already."""
    with Session(database) as session:
        session.add(delivery)
        try:
            session.commit()
        except IntegrityError:
            session.rollback()
            return False
    return True


def _look(database: Engine, release: str, token: ApiToken, web_url: str) -> ReleaseState:
    with Session(database) as session:
        state = state_of(session, release, web_url)
    if state is None or not token.reaches(state.repository):
        raise _no_such_release()
    return state


def _no_such_release() -> ApiProblem:
    """Say the same when there is none, and when the token's owner may not see it."""
    said = "There is no such release in the repositories that this token is for and its owner may see."
    return ApiProblem(404, "no-release", "No such release", said)


@contextmanager
def _github() -> Iterator[None]:
    """Answer what GitHub will not or cannot do now as a problem."""
    try:
        yield
    except GoneError:
        said = "Giveback is not installed there, or the repository is gone. Install the App on it first."
        raise ApiProblem(404, "not-installed", "Not installed there", said) from None
    except RefusedError as error:
        raise ApiProblem(502, "github-refused", "GitHub refused", str(error)) from error
    except TransientError as error:
        wait = str(int(error.retry_after or 30) + 1)
        said = "GitHub does not answer now. Try the same call again, with the same Idempotency-Key."
        raise ApiProblem(503, "github-away", "GitHub is away", said, headers={"Retry-After": wait}) from error


async def _check(there: Installation, asked: ReleaseAsked, token: ApiToken) -> Repository:
    """Say at once what stands in the way; the features ask again when the call's turn comes."""
    place = await there.reader.repository(asked.repository)
    if place.full_name.lower() != asked.repository.lower():
        raise _not_here(asked.repository)  # it goes by another name by now
    ask = Ask(token.owner, asked.repository, asked.version, asked.dry_run, token.owner_account)
    held = await there.reader.permission(asked.repository, token.owner, token.owner_account)
    if held < Permission.WRITE:
        # Before anything is told of the repository: its owner may be one who may not see it any more.
        raise _refused(refuse(Obstacle.PERMISSION, requester=ask.requester, repository=ask.repository))
    config = await there.configs.config(place)
    if not config.section(FEATURE).enabled:
        said = "`release-model` has `enabled: false` in `.github/giveback.yml`."
        raise ApiProblem(409, "switched-off", "Releases are switched off in this repository", said)
    answered = await answer(ask, Thread(place.full_name, asked.thread, place.id), there.reader)
    if isinstance(answered.verdict, Refusal):
        raise _refused(answered.verdict)
    return place


def _refused(refusal: Refusal) -> ApiProblem:
    status = _STATUS.get(refusal.obstacle, 422)
    return ApiProblem(status, refusal.obstacle, "The release cannot start", refusal.words)


def _not_here(repository: str) -> ApiProblem:
    said = f"This token is not for {repository}. Ask the operator for one that is."
    return ApiProblem(403, "other-repository", "Not a repository of this token", said)
