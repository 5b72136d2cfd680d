"""Fetch content from a repository on the Hub, by the commit that its branch or tag stood on at first."""

from __future__ import annotations

from dataclasses import dataclass

from bot.hub.errors import HubError, HubUnavailable
from bot.hub.fetcher import Fetcher
from bot.release.request import Pin, PinKind
from bot.release.sources import Order
from bot.release.sources.addresses import HubRevision
from bot.release.sources.errors import SourceRefused, SourceUnavailable
from bot.release.sources.intake import Intake


@dataclass(frozen=True)
class HubSource:
    """Fetches as whoever ``fetcher`` is; ``page`` is where the Hub shows its repositories."""

    fetcher: Fetcher
    page: str

    async def fetch(self, address: HubRevision, order: Order) -> tuple[Pin, ...]:
        """Write the repository's files as they are at one commit, each checked against its hash."""
        uri = f"{self.page}/{address.repository}"
        pinned = (pin.value for pin in order.pinned if pin.uri == uri and pin.kind is PinKind.COMMIT)
        try:
            async with self.fetcher as fetcher:
                found = await fetcher.revision(address.repository, next(pinned, address.revision))
                intake = Intake(order.into, order.size_limit)
                for file in found.files:
                    intake.take(file.size)
                    intake.path(file.path)
                await fetcher.fetch(address.repository, found, order.into)
        except HubUnavailable as error:
            raise SourceUnavailable(error.message) from error
        except HubError as error:
            raise SourceRefused(
                error.message, "Check source in the manifest, and that the bot may read that repository."
            ) from error
        return (Pin(uri, PinKind.COMMIT, found.commit),)
