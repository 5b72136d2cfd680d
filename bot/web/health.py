"""Say whether the service is well, for load balancers and for people."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from bot import __version__
from bot.store import Delivery, DeliveryStatus

COUNTED = (DeliveryStatus.received, DeliveryStatus.queued, DeliveryStatus.dead)


class Health(BaseModel):
    """How the service is: deliveries waiting for their turn, and given up."""

    status: str
    version: str = __version__
    waiting: int | None = None
    dead: int | None = None


def routes(database: Engine) -> APIRouter:
    """Give ``GET /health``: 200 when the database answers, 503 when it does not."""
    router = APIRouter()

    @router.get("/health")
    def health(response: Response) -> Health:
        """Count what waits and what was given up."""
        try:
            with Session(database) as session:
                counts = {
                    str(status): count
                    for status, count in session.exec(
                        # Of what is done there is no end; what is not is counted in the index alone.
                        select(Delivery.status, func.count())
                        .where(col(Delivery.status).in_(COUNTED))
                        .group_by(Delivery.status)
                    ).all()
                }
        except SQLAlchemyError:
            response.status_code = 503
            return Health(status="the database does not answer")
        return Health(
            status="ok",
            waiting=counts.get(DeliveryStatus.received, 0) + counts.get(DeliveryStatus.queued, 0),
            dead=counts.get(DeliveryStatus.dead, 0),
        )

    return router
