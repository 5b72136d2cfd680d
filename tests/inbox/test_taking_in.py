"""What is taken in, and what was seen before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from bot import store
from bot.inbox import (
    BODY_LIMIT,
    Inbox,
)
from tests.inbox.conftest import GUID, Served, served
from tests.webhooks import issue_opened, sign


def test_a_delivery_is_stored_as_it_came_and_acknowledged_with_202(inbox: Served) -> None:
    body = issue_opened()
    answer = inbox.deliver(body, x_github_delivery=GUID.upper(), x_github_hook_id="5")
    assert (answer.status_code, answer.json()) == (202, {"message": "stored"})
    (row,) = inbox.stored()
    assert (row.guid, row.event, row.action, row.status) == (GUID, "issues", "opened", "received")
    assert (row.installation_id, row.repository, row.thread) == (99, "octo/hello", "octo/hello#7")
    assert row.body == body
    assert row.headers == {
        "x-github-event": "issues",
        "x-github-delivery": GUID.upper(),
        "x-github-hook-id": "5",
    }


def test_a_body_of_exactly_25_mb_is_stored(inbox: Served) -> None:
    body = b'{"x":"' + b"y" * (BODY_LIMIT - 8) + b'"}'
    assert len(body) == BODY_LIMIT
    assert inbox.deliver(body).status_code == 202
    assert inbox.stored()[0].body == body


def test_control_characters_and_wrong_types_in_a_payload_do_not_keep_it_out(inbox: Served) -> None:
    hostile = [
        issue_opened(action="op\0ened", repository={"full_name": "a\0/b\n"}),
        issue_opened(action=5, repository="octo", issue=[1], installation={"id": "x"}),
        issue_opened(issue={"number": 10**25}, installation={"id": -1}),
        issue_opened(issue={"number": True}, installation={"id": 1.5}),
    ]
    assert [inbox.deliver(body).status_code for body in hostile] == [202] * 4
    assert [(row.thread, row.installation_id) for row in inbox.stored()] == [
        (None, 99) if number == 3 else (None, None) for number in range(4)
    ]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_carry_a_charset_and_any_case(inbox: Served, kind: str) -> None:
    assert inbox.deliver(content_type=kind).status_code == 202


def test_a_delivery_signed_with_any_current_secret_is_taken_and_with_a_retired_one_is_not(
    database: Engine,
) -> None:
    with served(database, ["the new one", "the old one"]) as inbox:
        for secret, status in [("the new one", 202), ("the old one", 202), ("a retired one", 401)]:
            answer = inbox.deliver(x_hub_signature_256=sign(b"{}", secret))
            assert answer.status_code == status


@pytest.mark.parametrize("secrets", [[], [""], ["good", ""]])
def test_an_inbox_without_a_secret_cannot_be_made(database: Engine, secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Inbox(database, secrets)


def test_a_guid_seen_before_is_answered_200_and_announces_nothing(inbox: Served) -> None:
    announced: list[bool] = []
    inbox.inbox.on_stored(lambda: announced.append(True))
    first, second = inbox.deliver(x_github_delivery=GUID), inbox.deliver(x_github_delivery=GUID)
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == {"message": "seen before"}
    assert len(inbox.stored()) == 1
    assert announced == [True]


def queue(session: Session, guid: str) -> int:
    return store.mark_queued(session, [guid])


@pytest.mark.parametrize("change", [queue, store.mark_handled, store.mark_ignored])
def test_a_guid_that_did_not_fail_is_not_run_again(inbox: Served, change: Callable[..., int]) -> None:
    inbox.deliver(x_github_delivery=GUID)
    inbox.change(change, GUID)
    before = inbox.stored()[0].status
    assert inbox.deliver(x_github_delivery=GUID).status_code == 200
    assert inbox.stored()[0].status == before


def test_a_guid_whose_delivery_is_dead_runs_again_as_another_replay(inbox: Served) -> None:
    inbox.deliver(x_github_delivery=GUID)
    inbox.change(store.mark_dead, GUID, "no")
    announced: list[bool] = []
    inbox.inbox.on_stored(lambda: announced.append(True))
    assert inbox.deliver(x_github_delivery=GUID).status_code == 202
    (row,) = inbox.stored()
    assert (row.status, row.error, row.handled_at, row.replays) == ("received", None, None, 1)
    assert announced == [True]


def test_copies_of_one_delivery_arriving_together_are_stored_once_and_acknowledged_as_new_once(
    inbox: Served,
) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: inbox.deliver(x_github_delivery=GUID).status_code, range(48)))
    assert sorted(answers) == [200] * 47 + [202]
    assert len(inbox.stored()) == 1


def test_new_deliveries_and_old_ones_of_one_group_are_told_apart(inbox: Served) -> None:
    guids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(64)]
    for guid in guids[::2]:
        inbox.deliver(x_github_delivery=guid)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda guid: inbox.deliver(x_github_delivery=guid).status_code, guids))
    assert answers == [200, 202] * 32
