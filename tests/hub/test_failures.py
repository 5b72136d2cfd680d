import errno

import httpx2
import pytest

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


@pytest.mark.parametrize("error", [httpx2.ConnectError("x"), RuntimeError("never seen before")])
def test_what_may_pass_and_what_nobody_knows_is_tried_again(error: Exception) -> None:
    assert isinstance(explain(error, "acme/m"), HubUnavailable)
