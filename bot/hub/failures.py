"""Say in plain words what an exception of huggingface_hub means, and whether it may pass."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Iterator, Sequence

import httpx2
from huggingface_hub.errors import (
    BadRequestError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    OIDCError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]  # not in its __all__

from bot.hub.errors import HubError, HubRefused, HubUnavailable

LONGEST_WAIT = 3600
"""Seconds that are waited at most because the Hub says so; its own windows last five minutes."""

_FIX = "Fix this, then comment /release-model again."
_ASK_OPERATOR = "Ask the operator to set a Hub token that may write to this repository."
_EXCHANGE = "/oauth/token"
_NOT_TRUSTED = (
    "Check the trusted publishers in the model's settings on the Hub: their repository, workflow and branch "
    "have to be exactly this job's."
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_OURS = (TypeError, AttributeError, LookupError, NameError, AssertionError, NotImplementedError)


def explain(error: BaseException, hub_id: str) -> HubError:
    """Turn whatever the client raised into one of our two errors.

    What is no failure of the Hub's or of the way there is a mistake of ours and does not pass by itself.
    """
    chain = list(_chain(error))
    meant = _from_chain(chain, hub_id)
    if type(error) is ValueError and (meant is None or _found_fault(chain)):
        return HubRefused(f"The Hub does not accept this: {_short(str(error))}", _FIX)
    if meant is not None:
        return meant
    if isinstance(error, _OURS):
        return HubRefused(
            f"An internal error stopped talking to the Hub ({type(error).__name__}).",
            "Tell who runs this bot; the log says what happened.",
        )
    return HubUnavailable(f"Talking to the Hub failed ({type(error).__name__}).")


def _from_chain(chain: Sequence[BaseException], hub_id: str) -> HubError | None:
    """Say what the first exception means that is known; None when none is."""
    for one in chain:
        if isinstance(one, HubError):
            return one
        if isinstance(one, HfHubHTTPError):
            return _from_answer(one, hub_id)
    return next((meant for one in chain if (meant := _from_cause(one)) is not None), None)


def _found_fault(chain: Iterable[BaseException]) -> bool:
    """Tell the client's word that something is not as it should be from one that nobody answered it."""
    return any(isinstance(one, BadRequestError) for one in chain)


def _from_cause(one: BaseException) -> HubError | None:
    """Say what one exception means that is no answer of the Hub's; None when that is not known."""
    if isinstance(one, OSError) and one.errno in _NO_ROOM:
        return HubRefused(
            "There is no room left on the disk of the service.",
            "Ask the operator to make room, then comment /release-model again.",
        )
    if isinstance(one, OIDCError):
        return HubRefused("This job cannot prove who it is.", "Grant it the permission id-token: write.")
    if isinstance(one, LocalTokenNotFoundError):
        return HubRefused("There is no Hub token.", _ASK_OPERATOR)
    if isinstance(one, httpx2.TimeoutException):
        return HubUnavailable("The Hub did not answer in time.")
    if isinstance(one, httpx2.TransportError | ConnectionError | FileMetadataError):
        return HubUnavailable("The Hub could not be reached, or broke off.")
    if isinstance(one, json.JSONDecodeError):
        return HubUnavailable("What answered was not the Hub; a proxy on the way may have.")
    if isinstance(one, OSError) and "onsistency check" in str(one):  # the client's words for it
        return HubUnavailable("A file came from the Hub with another length than was announced.")
    if isinstance(one, LocalEntryNotFoundError):
        return HubUnavailable("A file could not be downloaded from the Hub.")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _from_answer(error: HfHubHTTPError, hub_id: str) -> HubError:
    status = error.response.status_code
    said = f" The Hub says: {_short(error.server_message)}" if error.server_message else ""
    if status == 429 or status == 408 or status >= 500:
        return HubUnavailable(f"The Hub answered with status {status}.", retry_after=_asked(error))
    if error.response.request.url.path == _EXCHANGE:
        return HubRefused(f"The Hub does not trust this job to publish {hub_id}.", _NOT_TRUSTED)
    if isinstance(error, GatedRepoError):
        return HubRefused(f"{hub_id} is gated for this Hub token.", _ASK_OPERATOR)
    if isinstance(error, RevisionNotFoundError):
        return HubRefused(f"The commit to release is gone from {hub_id}.", "Start the release again.")
    if isinstance(error, RepositoryNotFoundError):
        return HubRefused(f"{hub_id} does not exist, or the Hub token may not see it.", _ASK_OPERATOR)
    if status == 401:
        return HubRefused("The Hub does not know this token; it may have been revoked.", _ASK_OPERATOR)
    if status == 403:
        return HubRefused(f"The Hub token may not write to {hub_id}.{said}", _ASK_OPERATOR)
    if status == 409 and "in progress" in (error.server_message or ""):
        return HubUnavailable(f"Another change of {hub_id} is going on.")
    if status == 412:
        return HubRefused(
            f"Somebody else changed {hub_id} while it was being released; nothing was overwritten.",
            "Look at that change, then start the release again.",
        )
    return HubRefused(f"The Hub refused with status {status}.{said}", _FIX)


def _asked(error: HfHubHTTPError) -> float | None:
    """Give the seconds that the Hub asks to wait, as its own limits or any server between says it."""
    headers = error.response.headers
    limit = parse_ratelimit_headers(headers)
    if limit is not None and limit.remaining == 0:
        return float(min(limit.reset_in_seconds, LONGEST_WAIT))
    asked = headers.get("Retry-After", "").strip()
    return float(min(int(asked), LONGEST_WAIT)) if asked.isdecimal() else None


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 300 else flat[:299] + "…"
