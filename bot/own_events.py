"""Make deliveries of the bot's own: what it tells itself goes through the inbox like all else."""

from __future__ import annotations

import json
import time
import uuid

from sqlmodel import Session, select

from bot.events import DEFAULT_BRANCH, REPOSITORY_ADDED
from bot.store import Delivery


def own_delivery(
    event: str, action: str, installation: int, repository: str, number: int = 0, guid: str | None = None
) -> Delivery:
    """Make a delivery about a thread or, with ``number`` 0, about a repository.

    It brings the order of the thread, the retries, the record and the replay with it. The payload has
    names and numbers only: whoever answers it reads what has become of the thing.
    """
    owner, _, name = repository.partition("/")
    payload: dict[str, object] = {
        "action": action,
        "installation": {"id": installation},
        "repository": {
            "full_name": repository,
            "name": name,
            "owner": {"login": owner},
            "default_branch": DEFAULT_BRANCH,
        },
    }
    if number:
        payload["issue"] = {"number": number}
    return Delivery(
        guid=guid or str(uuid.uuid4()),
        event=event,
        action=action,
        installation_id=installation,
        repository=repository,
        thread=f"{repository}#{number}" if number else None,
        body=json.dumps(payload).encode(),
        received_at=time.time(),
    )


def announce_repositories(session: Session, cause: str, installation: int, names: list[str]) -> None:
    """Store one delivery for each repository an installation got, once for each cause.

    An installation's own event is about many repositories at once, and features think of one at a time.
    """
    guids = {str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cause}/{name}")): name for name in names}
    for start in range(0, len(guids), 500):
        some = list(guids)[start : start + 500]
        known = set(session.exec(select(Delivery.guid).where(Delivery.guid.in_(some))))  # type: ignore[attr-defined]  # a column
        for guid in some:
            if guid not in known:
                session.add(own_delivery(REPOSITORY_ADDED, "added", installation, guids[guid], guid=guid))
