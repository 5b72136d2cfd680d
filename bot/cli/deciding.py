"""Decide about a delivery as the service would, or as far as that goes without an App."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.config import RepoConfig, load
from bot.dispatch import Decision, Dispatcher
from bot.errors import TransientError
from bot.events import REPOSITORY_ADDED, Event, event_from
from bot.features import FEATURES, sections
from bot.github.client import AppClient
from bot.installations import Reader
from bot.knowledge import Knowledge, sentence_model_in
from bot.own_events import own_payload
from bot.plan import merge
from bot.repository_config import ConfigSource
from bot.schema import require_up_to_date
from bot.settings import Settings
from bot.store import open_database


class _Nobody(AppClient):
    """Stands in for the App where there is none: it may read nothing, and says what it would take."""

    def __init__(self, settings: Settings, why: str) -> None:
        super().__init__(api_url=settings.github_api_url, app_id="", private_key="")
        self._why = why

    async def _ask_for_token(self, path: str, body: object) -> Any:
        raise TransientError(self._why)

    async def slug(self) -> str:
        raise TransientError(self._why)


async def decide(event: Event, settings: Settings, rules: RepoConfig | None) -> Decision:
    """Decide by ``rules``; without them by the repository's own configuration, or by the defaults.

    What brings repositories to the App is decided for each of them, as the service does.

    Raises:
        TransientError: the repository's configuration cannot be read now.
        RefusedError: nor later.
        MalformedPayloadError: the payload is not as GitHub documents it.
        OtherSchemaError: the database is another version's.
    """
    dispatcher = Dispatcher(FEATURES, settings.slug)
    events = [one for one in _events_of(event) if dispatcher.concerns(one)]
    if not events:
        return Decision()
    obstacle = _obstacle(event, settings)
    decisions = []
    async with _opened(event, settings, obstacle) as (reader, configs):
        default = load(None, None, sections()) if obstacle else None
        for one in events:
            config = rules or default or await configs.config(one.repository)
            decisions.append(await dispatcher.decide(one, config, reader))
    return Decision(
        plan=merge(decision.plan.actions for decision in decisions),
        failures=tuple(failure for decision in decisions for failure in decision.failures),
        concerned=tuple(dict.fromkeys(name for decision in decisions for name in decision.concerned)),
        dry_run=all(decision.dry_run for decision in decisions),
        answered=tuple(key for decision in decisions for key in decision.answered),
        well=all(decision.well for decision in decisions),
    )


def _events_of(event: Event) -> list[Event]:
    """Give the events that the service makes of a delivery: for each new repository one of its own."""
    if not event.new_repositories:
        return [event]
    return [
        event_from(REPOSITORY_ADDED, event.guid, own_payload("added", event.installation or 0, place))
        for place in event.new_repositories
    ]


def _obstacle(event: Event, settings: Settings) -> str:
    """Say why nothing can be read from GitHub; empty when it can."""
    if missing := settings.missing():
        names = ", ".join(missing)
        return f"what is read from GitHub takes the App's settings: set {names}, or run `giveback doctor`"
    if event.installation is None:
        return "what is read from GitHub takes an installation of the App, and the delivery names none"
    return ""


@asynccontextmanager
async def _opened(
    event: Event, settings: Settings, obstacle: str
) -> AsyncIterator[tuple[Reader, ConfigSource]]:
    """Open what features read from; without an App also a memory of its own, which holds nothing."""
    async with AsyncExitStack() as stack:
        key = settings.github_private_key
        if obstacle or key is None:
            app: AppClient = _Nobody(settings, obstacle)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="giveback-plan-")))
            database = open_database(f"sqlite:///{folder / 'giveback.db'}")
        else:
            app = AppClient(
                api_url=settings.github_api_url,
                app_id=settings.github_app_id or "",
                private_key=key.get_secret_value(),
            )
            folder, database = settings.state, open_database(settings.database_url)
        stack.push_async_callback(app.close)
        stack.callback(database.dispose)
        require_up_to_date(database)
        knowledge = Knowledge(database, folder / "knowledge", sentence_model_in(settings.sentence_model))
        stack.callback(knowledge.close)
        reader = Reader(
            app.installation(event.installation or 0),
            settings.github_url,
            database,
            settings.hub_namespaces,
            knowledge,
            slug=settings.slug,
        )
        yield reader, ConfigSource(reader, database, sections())
