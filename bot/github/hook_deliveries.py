"""Read GitHub's record of the webhooks it sent the App, and have one sent again."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import TransientError
from bot.github.client import AppClient

PER_PAGE = 100


class Attempt(BaseModel):
    """One attempt to deliver a webhook; those of one webhook share its ``guid``."""

    model_config = ConfigDict(frozen=True)

    id: int
    guid: str
    delivered_at: datetime
    status_code: int
    """What the service answered; 0 when it could not be reached."""

    @property
    def succeeded(self) -> bool:
        """Tell whether GitHub counts it as delivered (REST "List deliveries for an app webhook")."""
        return 200 <= self.status_code < 400

    @property
    def moment(self) -> float:
        """Give the time of the attempt in Unix seconds."""
        return self.delivered_at.timestamp()


async def attempts_since(app: AppClient, moment: float, most_pages: int) -> list[Attempt]:
    """List the attempts since a moment (Unix seconds), newest first, as far as so many pages lead.

    Raises:
        RefusedError: GitHub does not know the App, or not this key of it.
        TransientError: GitHub cannot answer now.
    """
    found: list[Attempt] = []
    path: str | None = f"/app/hook/deliveries?per_page={PER_PAGE}"
    while path and most_pages > 0:
        items, path = await app.page(path)
        most_pages -= 1
        try:
            page = [Attempt.model_validate(item) for item in items]
        except (ValidationError, TypeError) as error:
            raise TransientError("GitHub's list of deliveries could not be read") from error
        found += [attempt for attempt in page if attempt.moment >= moment]
        if len(page) == 0 or page[-1].moment < moment:
            break
    return found


async def deliver_again(app: AppClient, attempt: int) -> None:
    """Have a webhook sent again, under its GUID; raises as :func:`attempts_since`."""
    await app.post(f"/app/hook/deliveries/{attempt}/attempts")
