"""The whole house, wired on one page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot import __version__
from bot.deliveries import DELIVERY, Deliveries
from bot.dispatch import Dispatcher
from bot.durable import Patience, Work
from bot.engine import DurableEngine, EngineSettings
from bot.feature import Feature
from bot.features import FEATURES
from bot.github.client import AppClient
from bot.hub_tokens import HubTokens
from bot.inbox import Inbox
from bot.installations import Installations, Reader
from bot.knowledge import Knowledge, sentence_model_in
from bot.learning import LEARN, EngineLearning, Learning
from bot.missed import MISSED, MissedDeliveries
from bot.plan_jobs import PLAN, PlanJobs
from bot.pump import Pump
from bot.reads import SectionReads
from bot.release.attestations import Maker
from bot.release.attestations.signing import with_key
from bot.releasing import RELEASE, TAKE_BACK, EngineReleases, Releasing, TakeBacks
from bot.releasing.source import Surroundings
from bot.retention import Retention
from bot.schema import bring_up_to_date
from bot.settings import Settings
from bot.store import open_database
from bot.web import api, dashboard, front, health

PATIENCE = Patience()
BEATS = 6
"""Signs of life a worker fails to give before it counts as dead."""


class _EngineWork(EngineReleases, EngineLearning):
    """What applied plans ask of the engine."""


class _ReaderOfFeatures(Reader, SectionReads):
    """What features read with: a reader, to which a decision adds how they are configured."""


def create_app(settings: Settings, *, patience: Patience = PATIENCE) -> ASGIApp:
    """Build the service: webhook in, features in the middle, GitHub and the Hub out.

    ``patience`` says how failures that may pass are tried again.
    """
    database = open_database(settings.database_url)
    inbox = Inbox(database, [secret.get_secret_value() for secret in settings.webhook_secrets])
    engine = DurableEngine(
        EngineSettings(
            database_url=settings.database_url,
            executor=settings.executor_id,
            patience=patience,
            heartbeat=settings.dead_after / BEATS,
            dead_after=settings.dead_after,
        ),
        database,
    )
    github, github_of_the_api = _client(settings), _client(settings)
    features: Sequence[Feature[Any, _ReaderOfFeatures]] = FEATURES
    dispatcher = Dispatcher(features, settings.slug)
    knowledge = Knowledge(database, settings.state / "knowledge", sentence_model_in(settings.sentence_model))
    installations = Installations(
        app=github,
        web_url=settings.github_url,
        database=database,
        long_work=_EngineWork(engine=engine, database=database),
        bot_login=f"{settings.slug}[bot]",
        sections={feature.name: feature.section for feature in features},
        section_order=[feature.name for feature in features],
        namespaces=settings.hub_namespaces,
        knowledge=knowledge,
        dry_run=settings.dry_run,
        hub=settings.hub_endpoint if settings.hub_token or settings.hub_token_keys else "",
    )
    deliveries = Deliveries(database, dispatcher, installations)
    hub = HubTokens(
        database,
        settings.hub_endpoint,
        settings.hub_namespaces,
        settings.fernet_keys,
        settings.hub_token.get_secret_value() if settings.hub_token else "",
    )
    releasing = Releasing(
        database,
        engine,
        installations,
        hub,
        settings.state / "releases",
        settings.release_size_limit,
        Maker(f"{settings.github_url}/apps/{settings.slug}", settings.github_url),
        with_key(settings.signing_key_path),
        Surroundings(settings.github_url, hub, settings.source_places, settings.source_networks),
    )
    retention = Retention(database, engine, settings.keep_days)
    missed = MissedDeliveries(database, engine, github)
    pump = Pump(database, engine, retention.forget, releasing.find_lost, missed.submit)
    works: Mapping[str, Work] = {
        DELIVERY: pump.watch(deliveries.handle),
        PLAN: PlanJobs(installations).handle,
        RELEASE: releasing.handle,
        TAKE_BACK: TakeBacks(database, engine, installations, hub, settings.state / "releases").handle,
        MISSED: missed.handle,
        LEARN: Learning(database, installations, knowledge.learn).handle,
    }

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        """Start from the engine outwards, and stop from the inbox inwards."""
        bring_up_to_date(database)
        await asyncio.to_thread(releasing.sweep)
        await asyncio.to_thread(engine.start, works, at_end=github.close)
        pump.start()
        inbox.on_stored(pump.announce)
        async with inbox:
            yield
        await github_of_the_api.close()
        await asyncio.to_thread(pump.stop)
        await asyncio.to_thread(engine.stop)
        knowledge.close()
        database.dispose()

    app = FastAPI(title="Giveback", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(front.routes(settings))
    app.include_router(dashboard.routes(database, settings))
    app.include_router(api.routes(database, installations.by(github_of_the_api), pump.announce))
    silence = {"the pump": pump.silence, "the jobs' event loop": engine.silence}
    app.include_router(health.routes(database, silence))
    return inbox.in_front_of(app)


def _client(settings: Settings) -> AppClient:
    return AppClient(
        api_url=settings.github_api_url,
        app_id=settings.github_app_id or "",
        private_key=settings.github_private_key.get_secret_value() if settings.github_private_key else "",
        writes_per_minute=settings.writes_per_minute,
    )
