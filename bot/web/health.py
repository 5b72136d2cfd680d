"""Say whether the service is well, for load balancers and for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from bot import __version__
from bot.store import OVER, Delivery, DeliveryStatus

WAITING = (DeliveryStatus.received, DeliveryStatus.queued)

SILENT = 120.0
"""Seconds without a sign of life after which a part of the service counts as stuck."""

STUCK = 2 * 3600.0
"""Seconds in which something has to end while something waits; trying again alone may take an hour."""

NO_SIGNS: Mapping[str, Callable[[], float]] = MappingProxyType({})


class Health(BaseModel):
    """How the service is: deliveries waiting for their turn, and given up."""

    status: str
    version: str = __version__
    waiting: int | None = None
    dead: int | None = None
    oldest_waiting_seconds: float | None = None
    last_finished_seconds: float | None = None
    """Given while some wait."""


def routes(database: Engine, silence: Mapping[str, Callable[[], float]] = NO_SIGNS) -> APIRouter:
    """Give ``GET /health``: 200 when the service does its work, 503 when it does not.

    ``silence`` says of parts of the service, by what they are called, for how many seconds they gave no
    sign of life.
    """
    router = APIRouter()

    @router.get("/health")
    def health(response: Response) -> Health:
        """Count what waits and what was given up, and look for what is stuck."""
        try:
            with Session(database) as session:
                found = look(session, time.time())
        except SQLAlchemyError:
            found = Health(status="the database does not answer")
        for part, seconds in silence.items():
            if found.status == "ok" and seconds() > SILENT:
                found.status = f"{part} gave no sign of life for {seconds():.0f} seconds"
        if found.status != "ok":
            response.status_code = 503
        return found

    return router


def look(session: Session, now: float) -> Health:
    """Judge by what is in the inbox; ``now`` is in Unix seconds."""
    # Of what is done there is no end; what is not is counted in the index alone.
    counted = session.exec(
        select(Delivery.status, func.count())
        .where(col(Delivery.status).in_((*WAITING, DeliveryStatus.dead)))
        .group_by(Delivery.status)
    )
    counts = {str(status): count for status, count in counted.all()}
    health = Health(
        status="ok",
        waiting=sum(counts.get(status, 0) for status in WAITING),
        dead=counts.get(DeliveryStatus.dead, 0),
    )
    if health.waiting:
        oldest = [moment for each in WAITING for moment in _first(session, each, Delivery.received_at)]
        latest = [
            moment for each in OVER for moment in _first(session, each, Delivery.handled_at, newest=True)
        ]
        health.oldest_waiting_seconds = _age(now, min(oldest, default=None))
        health.last_finished_seconds = _age(now, max(latest, default=None))
        ages = (health.oldest_waiting_seconds, health.last_finished_seconds)
        if all(age is None or age > STUCK for age in ages):
            health.status = f"nothing was finished for {STUCK / 3600:.0f} hours while deliveries wait"
    return health


def _first(session: Session, status: DeliveryStatus, moment: Any, *, newest: bool = False) -> list[float]:
    """Give a moment of the delivery with this status that arrived first or last; the index leads to it."""
    order = col(Delivery.sequence).desc() if newest else col(Delivery.sequence)
    found = session.exec(select(moment).where(Delivery.status == status).order_by(order).limit(1))
    return [value for value in found if value is not None]


def _age(now: float, moment: float | None) -> float | None:
    return None if moment is None else max(0.0, now - moment)
