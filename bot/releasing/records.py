"""Note what a plan starts: a release, a rollback or a withdrawal."""

from __future__ import annotations

import time

from bot.actions import StartRelease, TakeBack
from bot.release.progress import Kind
from bot.releases import ReleaseRecord


def record_of(action: StartRelease | TakeBack, installation: int) -> ReleaseRecord:
    """Write down what was asked for, where, by whom and now."""
    now = time.time()
    record = ReleaseRecord(
        id=action.release,
        repository=action.thread.repository,
        repository_id=action.thread.repository_id,
        number=action.thread.number,
        installation=installation,
        requester=action.requester,
        requester_account=action.requester_account,
        hub_id=action.model,
        commit="",
        private=action.private,
        started_at=now,
        updated_at=now,
    )
    match action:
        case StartRelease():
            record.version, record.commit = action.version, action.commit
            record.rehearsal, record.own_issue = action.rehearsal, action.own_issue
        case TakeBack():
            record.kind, record.version = Kind(action.what), ",".join(action.versions)
            record.approvers = action.approvers
    return record
