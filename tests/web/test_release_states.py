"""What became of a call is told with what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from bot.events import RELEASE_ASKED, Thread
from bot.own_events import own_delivery
from bot.schema import bring_up_to_date
from bot.store import DeliveryStatus, open_database
from bot.web.release_states import ANOTHER_KEY, NOTHING_STARTED, release_id, state_of

GUID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize("error", [None, "GitHub did not answer for two hours."])
def test_a_call_that_led_to_nothing_is_told_with_why_and_how_to_try_again(
    tmp_path: Path, error: str | None
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'giveback.db'}", durable=False)
    bring_up_to_date(database)
    with Session(database) as session:
        delivery = own_delivery(RELEASE_ASKED, "asked", 1, Thread("acme/models", 0, 7), GUID)
        session.add(delivery)
        session.commit()
        state = state_of(session, release_id(GUID), "https://github.com")
        assert state is not None
        assert (state.ended, state.message) == (False, "")
        delivery.status, delivery.error = DeliveryStatus.dead, error
        session.add(delivery)
        session.commit()
        state = state_of(session, release_id(GUID), "https://github.com")
        assert state is not None
        assert state.ended
        assert state.message.split("\n\n") == [error or NOTHING_STARTED, ANOTHER_KEY]
    database.dispose()
