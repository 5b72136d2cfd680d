"""Make deliveries of the bot's own: what it tells itself goes through the inbox like all else."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlmodel import Session, col, select

from bot.events import DEFAULT_BRANCH, REPOSITORY_ADDED, Thread
from bot.store import Delivery


def own_payload(action: str, installation: int, thread: Thread) -> dict[str, object]:
    """Write the payload of an event of the bot's own about a thread or, with number 0, about a repository.

    It has names and numbers only: whoever answers it reads what has become of the thing.
    """
    owner, _, name = thread.repository.partition("/")
    payload: dict[str, object] = {
        "action": action,
        "installation": {"id": installation},
        "repository": {
            "id": thread.repository_id,
            "full_name": thread.repository,
            "name": name,
            "owner": {"login": owner},
            "default_branch": DEFAULT_BRANCH,
        },
    }
    if thread.number:
        payload["issue"] = {"number": thread.number}
    return payload


def own_delivery(
    event: str,
    action: str,
    installation: int,
    thread: Thread,
    guid: str | None = None,
    said: Mapping[str, object] = MappingProxyType({}),
) -> Delivery:
    """Make a delivery about a thread or, with number 0, about a repository; ``said`` is what else it says.

    It brings the order of the thread, the retries, the record and the replay with it.
    """
    return Delivery(
        guid=guid or str(uuid.uuid4()),
        event=event,
        action=action,
        installation_id=installation,
        repository=thread.repository,
        thread=str(thread) if thread.number else None,
        line=thread.line,
        body=json.dumps({**own_payload(action, installation, thread), **said}).encode(),
        received_at=time.time(),
    )


def announce_repositories(session: Session, cause: str, installation: int, added: Sequence[Thread]) -> None:
    """Store one delivery for each repository an installation got, once for each cause.

    An installation's own event is about many repositories at once, and features think of one at a time.
    """
    places = {str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cause}/{place.home}")): place for place in added}
    guids = list(places)
    for start in range(0, len(guids), 500):
        some = guids[start : start + 500]
        known = set(session.exec(select(Delivery.guid).where(col(Delivery.guid).in_(some))))
        session.add_all(
            own_delivery(REPOSITORY_ADDED, "added", installation, places[guid], guid)
            for guid in some
            if guid not in known
        )
