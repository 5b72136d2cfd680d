"""Say in JSON how far a release is that a pipeline asked for."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlmodel import Session

from bot import memory, releases, store
from bot.events import RELEASE_ASKED, Thread, read_event
from bot.release.progress import Status
from bot.releases import ReleaseRecord
from bot.store import OVER, Delivery

FEATURE = "release-model"
"""The feature that answers a call, and remembers why it could not be done."""

Going = Literal["asked", "queued", "running", "waiting_for_approval"]
NOTHING_STARTED = (
    "Nothing was started: `.github/giveback.yml` has `release-model` switched off or in dry run, or who runs "
    "Giveback has."
)
ANOTHER_KEY = "To try again, take a new `Idempotency-Key`; this one stands for this call."


class ReleaseState(BaseModel):
    """How far a release is."""

    id: str
    state: Going | Status = Field(
        description="Where it is. `published`, `rehearsed` (a dry run's end), `refused`, `cancelled`, "
        "`expired`, `failed` and `held` are ends."
    )
    ended: bool
    repository: str
    model: str | None = Field(default=None, description="Its id on the Hub.")
    version: str | None = None
    dry_run: bool = False
    step: str | None = Field(default=None, description="The step it is at.")
    waits_for: int = Field(
        default=0, description="Releases of the same model that have to end before it begins."
    )
    thread: str | None = Field(default=None, description="The page people see it and approve it on.")
    content: str | None = Field(default=None, description="The digest approvals are given for.")
    message: str = Field(default="", description="What became of it, for people.")
    done_bytes: int = 0
    total_bytes: int = 0
    rehearsal: dict[str, Any] | None = Field(
        default=None,
        description="What a dry run found: the files with size and SHA-256, the commits, the settings.",
    )


def release_id(guid: str) -> str:
    """Name the release that a delivery about a call starts."""
    return f"release-{guid}"


def state_of(session: Session, release: str, web_url: str) -> ReleaseState | None:
    """Say how far a release is; None when there is no such release."""
    record = session.get(ReleaseRecord, release)
    if record is not None:
        return _of_record(session, record, web_url)
    delivery = store.find_delivery(session, release.removeprefix("release-"))
    if delivery is None or delivery.event != RELEASE_ASKED:
        return None
    return _of_call(session, delivery)


def _of_record(session: Session, record: ReleaseRecord, web_url: str) -> ReleaseState:
    ahead = releases.ahead_of(session, record) if record.step == releases.QUEUED and not record.status else []
    return ReleaseState(
        id=record.id,
        state=Status(record.status) if record.status else _going(record.step),
        ended=bool(record.status),
        repository=record.repository,
        model=record.hub_id,
        version=record.version or None,
        dry_run=record.rehearsal,
        step=record.step,
        waits_for=len(ahead),
        thread=f"{web_url}/{record.repository}/issues/{record.number}",
        content=record.digest or None,
        message=record.message,
        done_bytes=record.done_bytes,
        total_bytes=record.total_bytes,
        rehearsal=record.rehearsed,
    )


def _going(step: str) -> Going:
    return "queued" if step == releases.QUEUED else "waiting_for_approval" if step == "approve" else "running"


def _of_call(session: Session, delivery: Delivery) -> ReleaseState:
    """Say what became of a call that has not led to a release."""
    release, place = release_id(delivery.guid), read_event(delivery.event, delivery.guid, delivery.body).place
    refused = memory.recall(session, Thread(place.repository, 0, place.repository_id), FEATURE).get(release)
    ended = refused is not None or delivery.status in OVER
    why = str(refused["words"]) if refused else delivery.error or NOTHING_STARTED
    return ReleaseState(
        id=release,
        state=Status.REFUSED if ended else "asked",
        ended=ended,
        repository=place.repository,
        message=f"{why.rstrip()}\n\n{ANOTHER_KEY}" if ended else "",
    )
