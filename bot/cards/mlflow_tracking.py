"""Read a run or a registered model from an MLflow tracking server, through MLflow's own client.

The client is the optional extra ``mlflow``. Where the server is and how to log in are the client's own
settings (``MLFLOW_TRACKING_URI``, ``MLFLOW_TRACKING_TOKEN`` and the like).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.cards.artifacts import CannotRead, number, text
from bot.cards.facts import Fact
from bot.cards.thinning import thinned
from bot.cards.tracked import measurements, parameters
from bot.cards.written import written

MAX_CURVES = 10
"""Measurements whose course is asked for, at most."""

_RUN = re.compile(r"runs:/([0-9a-zA-Z]{1,64})")
_MODEL = re.compile(r"models:/([^/@:]{1,200})(?:/([0-9]{1,9})|@([\w-]{1,100}))")
_CURVES = re.compile(r"loss|(?:eval|val|train|test)_.{1,40}|learning_rate")
_SETTINGS = {
    # Neither wait minutes for a server that is not there, nor report that the client is used.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


@dataclass(frozen=True)
class Address:
    """Name a run, or one version of a registered model by its number or alias."""

    run: str = ""
    model: str = ""
    version: str = ""
    alias: str = ""


def parse_address(address: str) -> Address:
    """Read ``runs:/ID``, ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``. Raises CannotRead."""
    run, model = _RUN.fullmatch(address), _MODEL.fullmatch(address)
    if run:
        return Address(run=run[1])
    if model:
        return Address(model=model[1], version=model[2] or "", alias=model[3] or "")
    raise CannotRead("write it as runs:/ID, models:/NAME/VERSION or models:/NAME@ALIAS")


def read_tracked(address: str, tracking_uri: str | None = None) -> tuple[Fact, ...]:
    """Read the facts of a run, or of a registered model and the run it came from.

    ``tracking_uri`` is the server's address without user or password. Raises CannotRead, also when the
    extra is not installed, the server cannot be reached, or there is nothing at the address.
    """
    asked = parse_address(address)
    if tracking_uri and urlsplit(tracking_uri).password:
        raise CannotRead("put the password into MLFLOW_TRACKING_PASSWORD, not into the server's address")
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise CannotRead('MLflow is not installed; pip install "giveback[mlflow]" brings it') from None
    try:
        client = MlflowClient(tracking_uri=tracking_uri)
        return tuple(_registered(client, asked, address) if asked.model else _run(client, asked.run))
    except MlflowException as error:
        raise CannotRead(f"MLflow did not give it ({error.error_code})") from None


def _registered(client: Any, asked: Address, address: str) -> Iterator[Fact]:
    if asked.alias:
        found = client.get_model_version_by_alias(asked.model, asked.alias)
    else:
        found = client.get_model_version(asked.model, asked.version)
    said = {"name": found.name, "description": found.description}
    for key, value in said.items():
        if text(value):
            yield Fact(f"mlflow.registered.{key}", value, address, key)
    yield Fact("mlflow.registered.version", int(found.version), address, "version")
    # Aliases move; only the one that was asked for is sure to be meant.
    if asked.alias:
        yield Fact("mlflow.registered.alias", asked.alias, address, "aliases")
    if found.run_id:
        yield from _run(client, found.run_id)


def _run(client: Any, run_id: str) -> Iterator[Fact]:
    run = client.get_run(run_id)
    file = f"runs:/{run.info.run_id}"
    tags = {
        "mlflow.commit": ("tags.mlflow.source.git.commit", run.data.tags.get("mlflow.source.git.commit")),
        "mlflow.run_name": ("info.run_name", run.info.run_name),
        "mlflow.status": ("info.status", run.info.status),
    }
    for name, (key, value) in tags.items():
        if text(value):
            yield Fact(name, value, file, key)
    for name, key in {"mlflow.started": "start_time", "mlflow.ended": "end_time"}.items():
        moment = number(getattr(run.info, key))
        if moment is not None:
            yield Fact(name, moment, file, f"info.{key}")
    # MLflow keeps every parameter as a text.
    chosen = sorted(run.data.params.items())
    yield from parameters(
        ((key, written(value), f"params.{key}") for key, value in chosen), "mlflow.param.", file
    )
    measured = sorted(run.data.metrics.items())
    yield from measurements(
        ((key, value, f"metrics.{key}") for key, value in measured), "mlflow.metric.", file
    )
    yield from _course(client, run_id, [key for key, _ in measured if _CURVES.fullmatch(key)], file)


def _course(client: Any, run_id: str, keys: list[str], file: str) -> Iterator[Fact]:
    """Yield the course of the run, a row for each step, thinned as a long training log is."""
    rows: dict[int, dict[str, int | float]] = {}
    for key in keys[:MAX_CURVES]:
        for measured in client.get_metric_history(run_id, key):
            value = number(measured.value)
            if value is not None:
                rows.setdefault(measured.step, {"step": measured.step})[key] = value
    if len(rows) > 1:
        for step in thinned(sorted(rows)):
            yield Fact("training_log", rows[step], file, f"metrics[step={step}]")
