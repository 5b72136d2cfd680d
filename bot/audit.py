"""Record what the bot did, why, and how it ended, one row per action."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, insert, update
from sqlmodel import Field, Session, SQLModel, col, select

from bot.actions import Action, Remember, SetTimer
from bot.rows import table_of


class Outcome(StrEnum):
    """How an action ended."""

    started = "started"
    """Begun; if the process died, it is looked for before it is done again."""
    done = "done"
    refused = "refused"
    """GitHub would not do it; ``detail`` says why."""
    dry_run = "dry_run"
    """Would have been done."""


class AuditEntry(SQLModel, table=True):
    """One action of one plan. Times are seconds since the epoch, UTC."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("plan", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    plan: str
    """What the plan came from: a delivery's GUID, or a step of a release."""
    key: str
    kind: str
    repository: str = Field(index=True)
    number: int
    """The thread's; 0 for what is about a commit."""
    feature: str
    reason: str
    action: str
    """The whole action, as JSON."""
    outcome: str
    detail: str = ""
    started_at: float
    finished_at: float | None = None


_AUDIT = table_of(AuditEntry)
_BEGUN = insert(_AUDIT)
_ENDED = update(_AUDIT).where(_AUDIT.c.plan == bindparam("of_plan"), _AUDIT.c.key == bindparam("of_key"))


def key_of(action: Action) -> str:
    """Name an action by what it does, so that the same one is recognised however it comes about again.

    What features keep and wait for is each one's own; all else may be wanted by another feature next time.
    """
    left_out = {"reason"} if isinstance(action, Remember | SetTimer) else {"reason", "feature"}
    return sha256(action.model_dump_json(exclude=left_out).encode()).hexdigest()[:16]


def begin(session: Session, plan: str, actions: Mapping[str, Action]) -> dict[str, str]:
    """Write down the actions of a plan, by key, before they are carried out.

    Gives the outcome so far of those that were written down before.
    """
    known = session.exec(
        select(AuditEntry.key, AuditEntry.outcome).where(
            AuditEntry.plan == plan, col(AuditEntry.key).in_(actions)
        )
    ).all()
    before = dict(known)
    new = [_started(plan, key, action) for key, action in actions.items() if key not in before]
    if new:
        session.connection().execute(_BEGUN, new)
    return before


def _started(plan: str, key: str, action: Action) -> dict[str, Any]:
    return {
        "plan": plan,
        "key": key,
        "kind": action.kind,
        "repository": action.repository,
        "number": action.number,
        "feature": action.feature,
        "reason": action.reason,
        "action": action.model_dump_json(),
        "outcome": Outcome.started,
        "started_at": time.time(),
    }


def finish(session: Session, plan: str, key: str, outcome: Outcome, detail: str = "") -> None:
    """Write down how an action ended."""
    ended = {"outcome": outcome, "detail": detail, "finished_at": time.time()}
    session.flush()
    if session.connection().execute(_ENDED, {"of_plan": plan, "of_key": key, **ended}).rowcount != 1:
        raise LookupError(f"{plan}: the action {key} was not begun")


def decisions_on(session: Session, release: str, thread: int) -> Sequence[AuditEntry]:
    """List what people decided about a release on a thread (its number), in order."""
    decided = session.exec(
        select(AuditEntry)
        .where(AuditEntry.kind == "decide_release", AuditEntry.number == thread)
        .order_by(col(AuditEntry.id))
    )
    return [entry for entry in decided if json.loads(entry.action)["release"] == release]


def entries(session: Session, plan: str) -> Sequence[AuditEntry]:
    """List what became of a plan, in order; ``plan`` also names the steps that begin with it."""
    return session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.plan).startswith(plan, autoescape=True))
        .order_by(col(AuditEntry.id))
    ).all()
