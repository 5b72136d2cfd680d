"""Look at the settings, GitHub, the Hub, the database and the disk, changing none of them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlmodel import Session

from bot import hub_tokens
from bot.app_manifest import read_app_manifest
from bot.commands.table import nearest
from bot.doctor.observations import Answer, Database, Key, Observations
from bot.release.attestations.signing import key_trouble, why_unsigned, with_key
from bot.schema import LATEST, version_of
from bot.settings import PREFIX, Settings
from bot.store import open_database
from bot.triage.similar.sentence_model import SentenceModel, SentenceModelError

TIMEOUT = 10.0
"""Seconds each server may take to answer."""

_SECRETS_FOLDER = f"{PREFIX}SECRETS"


def observe(settings: Settings, environment: Mapping[str, str] = os.environ) -> Observations:
    """Look at everything ``diagnose`` judges by; takes up to some ten seconds when a server is silent."""
    key = _key(settings)
    as_app = _app_token(settings) if key is Key.FINE else None
    token = settings.hub_token.get_secret_value() if settings.hub_token else None
    github, hub = settings.github_api_url, settings.hub_endpoint
    with ThreadPoolExecutor(max_workers=6) as pool:
        # A path that answers without an account: GitHub's is the API's own list of links.
        reached = pool.submit(_get, f"{github}/", None)
        asked = {
            name: pool.submit(_get, f"{github}{path}", as_app)
            for name, path in _AS_APP.items()
            if as_app is not None
        }
        whoami = pool.submit(_get, f"{hub}/api/{'whoami-v2' if token else 'models?limit=1'}", token)
        database = pool.submit(_database, settings.database_url)
        manifest = read_app_manifest()
        own_tokens = _hub_tokens(settings, database.result())
        return Observations(
            github_api_url=github,
            hub_endpoint=hub,
            public_url=settings.public_url,
            slug=settings.slug,
            dry_run=settings.dry_run,
            missing=tuple(settings.missing()),
            has_no_app=settings.has_no_app,
            misspelt=misspelt(environment),
            key=key,
            secret_lengths=tuple(len(secret.get_secret_value()) for secret in settings.webhook_secrets),
            github=reached.result(),
            **{name: answer.result() for name, answer in asked.items()},
            permissions=manifest["default_permissions"],
            events=tuple(manifest["default_events"]),
            hub=whoami.result(),
            has_hub_token=token is not None,
            hub_tokens=tuple(own_tokens),
            closed_hub_tokens=tuple(name for name, opens in own_tokens.items() if not opens),
            has_hub_token_keys=bool(settings.hub_token_keys),
            unsigned=why_unsigned(with_key(settings.signing_key_path)),
            signing_key=key_trouble(settings.signing_key_path) if settings.signing_key_path else "",
            has_sentence_model=settings.sentence_model is not None,
            sentence_model=_sentence_model_trouble(settings.sentence_model),
            database=database.result(),
            free_bytes=shutil.disk_usage(_existing(settings.state)).free,
        )


_AS_APP = {"app": "/app", "hook": "/app/hook/config", "deliveries": "/app/hook/deliveries?per_page=30"}


def misspelt(environment: Mapping[str, str]) -> dict[str, str]:
    """Find variables with the house's prefix that no setting reads."""
    known = {*Settings.variables().values(), _SECRETS_FOLDER}
    endings = {name.removeprefix(PREFIX).lower(): name for name in known}
    ours = (name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    return {name: endings.get(nearest(name[len(PREFIX) :], endings), "") for name in sorted(ours)}


def _key(settings: Settings) -> Key:
    if settings.github_private_key is None:
        return Key.ABSENT
    try:
        key = load_pem_private_key(settings.github_private_key.get_secret_value().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return Key.UNREADABLE
    return Key.FINE if isinstance(key, RSAPrivateKey) else Key.NOT_RSA


def _app_token(settings: Settings) -> str | None:
    if settings.github_app_id is None or settings.github_private_key is None:
        return None
    now = int(time.time())
    claims = {"iat": now - 60, "exp": now + 540, "iss": settings.github_app_id}
    return jwt.encode(claims, settings.github_private_key.get_secret_value(), algorithm="RS256")


def _get(url: str, token: str | None) -> Answer:
    headers = {"User-Agent": "giveback"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        answer = httpx.get(url, headers=headers, timeout=TIMEOUT, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(error=type(error).__name__)
    try:
        body = answer.json()
    except ValueError:
        body = None
    return Answer(answer.status_code, body, _clock(answer.headers.get("date")))


def _clock(date: str | None) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return None


def _sentence_model_trouble(folder: Path | None) -> str:
    if folder is None:
        return ""
    try:
        SentenceModel.open(folder)
    except SentenceModelError as error:
        return str(error)
    return ""


def _existing(path: Path) -> Path:
    path = path.resolve()
    return next(place for place in (path, *path.parents) if place.exists())


def _database(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError:
        return Database("unknown", "the address cannot be read")
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(Path(parsed.database or ""))
    try:
        database = open_database(url)
    except (ValueError, SQLAlchemyError) as error:
        return Database("unknown", str(error))
    try:
        with database.connect() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE giveback_doctor (tried integer)"))
            if not connection.scalar(text("SELECT has_schema_privilege(current_schema(), 'CREATE')")):
                return Database("PostgreSQL", "the user may not create tables in its schema")
            connection.rollback()
            schema = version_of(connection)
    except DBAPIError as error:
        first_line = str(error.orig).strip().partition("\n")[0]
        return Database("PostgreSQL", first_line.replace(parsed.password or "\0", "***"))
    except SQLAlchemyError as error:
        return Database("PostgreSQL", type(error).__name__)
    finally:
        database.dispose()
    return Database("PostgreSQL", schema=schema)


def _hub_tokens(settings: Settings, database: Database) -> dict[str, bool]:
    """Name the namespaces with a token of their own, and say of each whether a key opens it."""
    if database.error or database.schema != LATEST:
        return {}
    opened = open_database(settings.database_url)
    try:
        with Session(opened) as session:
            return {one.namespace: _opens(one, settings) for one in hub_tokens.every(session)}
    finally:
        opened.dispose()


def _opens(kept: hub_tokens.HubToken, settings: Settings) -> bool:
    try:
        hub_tokens.open_sealed(kept, settings.fernet_keys)
    except hub_tokens.UnreadableTokenError:
        return False
    return True


def _sqlite(path: Path) -> Database:
    folder = _existing(path.parent)
    if not folder.is_dir() or path.is_dir():
        return Database(error=f"{path} is not a place for a file")
    schema = None
    try:
        if path.is_file():
            with closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=5)
            ) as database:
                database.execute("BEGIN IMMEDIATE")
                database.rollback()
                if database.execute("PRAGMA table_info(schema_version)").fetchall():
                    (schema,) = database.execute("SELECT max(version_num) FROM schema_version").fetchone()
        # Some network file systems cannot hold the shared memory that write-ahead logging needs.
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix="giveback-doctor-") as scratch,
            closing(sqlite3.connect(Path(scratch) / "tried.db")) as database,
        ):
            journal = str(database.execute("PRAGMA journal_mode=WAL").fetchone()[0])
            return Database(journal=journal, schema=schema)
    except (sqlite3.Error, OSError) as error:
        return Database(error=f"{path}: {error.strerror if isinstance(error, OSError) else error}")
