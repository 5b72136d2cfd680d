import errno

import httpx2
import pytest
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

from bot.hub.errors import HubRefused, HubUnavailable
from bot.hub.failures import explain


def caused(outer: Exception, cause: Exception) -> Exception:
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_called_that_and_not_tried_again(number: int) -> None:
    error = explain(caused(RuntimeError("upload failed"), OSError(number, "no room")), "acme/m")
    assert isinstance(error, HubRefused)
    assert "no room left on the disk" in error.message
    assert "operator" in error.next_step


@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), AttributeError("x")])
def test_a_mistake_of_ours_is_called_internal_and_not_tried_again(error: Exception) -> None:
    said = explain(error, "acme/m")
    assert isinstance(said, HubRefused)
    assert "internal error" in said.message


def answered(status: int, **headers: str) -> HfHubHTTPError:
    """Give what the client raises for an answer of the Hub's."""
    request = httpx2.Request("GET", "https://huggingface.co/api/models/acme/m")
    response = httpx2.Response(status, headers=headers, request=request)
    kind = BadRequestError if status == 400 else HfHubHTTPError
    return kind(f"{status} says the server", response=response)


NO_DOWNLOAD = "Force download failed due to the above error."


@pytest.mark.parametrize("cause", [answered(500), answered(429), httpx2.ReadTimeout("x")])
def test_a_download_that_nobody_answered_is_tried_again(cause: Exception) -> None:
    assert isinstance(explain(caused(ValueError(NO_DOWNLOAD), cause), "acme/m"), HubUnavailable)


def test_a_download_that_is_refused_says_what_the_hub_said() -> None:
    said = explain(caused(ValueError(NO_DOWNLOAD), answered(401)), "acme/m")
    assert (type(said), "does not know this token" in said.message) == (HubRefused, True)


@pytest.mark.parametrize("error", [ValueError("no"), caused(ValueError("no"), answered(400))])
def test_what_the_client_finds_wrong_before_it_sends_it_is_not_tried_again(error: Exception) -> None:
    said = explain(error, "acme/m")
    assert (type(said), said.message) == (HubRefused, "The Hub does not accept this: no")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, 55.0),
        ({"RateLimit": '"api";r=3;t=55', "Retry-After": "7"}, 7.0),
        ({"Retry-After": "99999999"}, 3600.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_hub_is_left_alone_for_as_long_as_it_asks(headers: dict[str, str], seconds: float | None) -> None:
    said = explain(answered(429, **headers), "acme/m")
    assert isinstance(said, HubUnavailable)
    assert said.retry_after == seconds


@pytest.mark.parametrize("error", [httpx2.ConnectError("x"), RuntimeError("never seen before")])
def test_what_may_pass_and_what_nobody_knows_is_tried_again(error: Exception) -> None:
    assert isinstance(explain(error, "acme/m"), HubUnavailable)
