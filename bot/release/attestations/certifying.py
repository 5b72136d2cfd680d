"""Say in plain words what goes wrong while Sigstore certifies who signs, and keep the proof secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.hub.errors import HubRefused, HubUnavailable

_WITHOUT = "or release with --no-keyless, which signs it with a key or not at all."
_LONGEST = 300
"""Characters of a server's own words that are repeated."""


@contextmanager
def talking_to_sigstore(proof: str) -> Iterator[None]:
    """Turn what ``sigstore`` raises inside into HubUnavailable where it may pass, and else into HubRefused.

    ``proof`` of an identity is in none of the words. Errors of this machine's files stay as they are.
    """
    import requests  # comes with sigstore

    try:
        yield
    except Exception as error:
        # It raises classes of its private modules, and whatever a strange answer makes its parsers raise.
        if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
            raise
        # Not "from error": what was sent hangs on it.
        raise _in_words(error, proof) from None


def _in_words(error: Exception, proof: str) -> HubRefused | HubUnavailable:
    if _may_pass(error):
        return HubUnavailable(
            "Sigstore, which certifies who signs, cannot be reached now; that takes the network. "
            "Nothing was sent to the Hub.",
            f"Try again later, {_WITHOUT}",
        )
    said = " ".join(str(error).replace(proof, "…").split())[:_LONGEST]
    why = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return HubRefused(
        f"Sigstore did not certify who signs ({why}). Nothing was sent to the Hub.",
        f"Start the release again, {_WITHOUT}",
    )


def _may_pass(error: BaseException) -> bool:
    import requests
    from sigstore.errors import NetworkError, TUFError

    if isinstance(error, NetworkError | TUFError | requests.ConnectionError | requests.Timeout):
        return True
    status = _status(error)
    return status == 429 or (status is not None and status >= 500)


def _status(error: BaseException) -> int | None:
    """Give the status of the answer that an error came of; None when it came of none."""
    import requests

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.HTTPError) and cause.response is not None:
            return int(cause.response.status_code)
        cause = cause.__cause__ or cause.__context__
    return None
