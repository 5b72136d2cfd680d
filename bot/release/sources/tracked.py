"""Fetch a model from an MLflow server, through MLflow's own client, which is the optional extra ``mlflow``.

Where the server is and how to log in are the client's own settings (``MLFLOW_TRACKING_URI``,
``MLFLOW_TRACKING_TOKEN`` and the like), and the operator's.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.aside import aside
from bot.places import is_within, leads_elsewhere
from bot.release.files import MAX_FILES
from bot.release.request import Pin, PinKind
from bot.release.sources import Order
from bot.release.sources.addresses import TrackedModel
from bot.release.sources.errors import SourceError, SourceRefused, SourceUnavailable, is_full
from bot.release.sources.intake import Intake

SETTINGS = {
    # Neither wait minutes for a server that is not there, nor report that the client is used.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
_SERVED = re.compile(r"mlflow-artifacts:/(?!/)[^?#]{0,1000}")
"""What the server hands out itself. Other addresses it may name are this machine's disk, or any server."""
_LOGGED = re.compile(r"models:/(m-[0-9a-f]{1,64})")
"""A logged model, as MLflow 3 registers it."""
_PASSING = frozenset(
    {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED"}
)


@dataclass(frozen=True)
class TrackedSource:
    """Fetches from the ``places`` that an operator allows, such as ``models:/`` or ``runs:/``."""

    places: Collection[str]
    tracking_uri: str | None = None

    async def fetch(self, address: TrackedModel, order: Order) -> tuple[Pin, ...]:
        """Write the model's files, pinned by the version and by where the server keeps them."""
        asked = f"runs:/{address.run}" if address.run else f"models:/{address.model}"
        if not is_within(asked, self.places):
            raise SourceRefused(
                f"{address} is no model that this service may fetch.",
                "Ask the operator to allow it, or keep the files elsewhere.",
            )
        return await aside(_fetch, self.tracking_uri, address, order)


def _fetch(tracking_uri: str | None, address: TrackedModel, order: Order) -> tuple[Pin, ...]:
    with asking(address):
        from mlflow import MlflowClient, artifacts

        if tracking_uri is None and not os.environ.get("MLFLOW_TRACKING_URI"):
            raise SourceRefused(
                "This service knows no MLflow server.", "Ask the operator to set MLFLOW_TRACKING_URI."
            )
        client = MlflowClient(tracking_uri=tracking_uri)
        kept = _pinned(order) or _kept_at(client, address)
        if not is_served(kept):
            raise SourceRefused(
                f"{address} is not kept by the MLflow server itself.",
                "Run the server with --serve-artifacts, and log the model there.",
            )
        intake = Intake(order.into, order.size_limit)
        found = list(_listed(artifacts, kept, client.tracking_uri))
        if not found:
            raise SourceRefused(f"There is nothing at {address}.", "Check source in the manifest.")
        for path, size in found:
            intake.take(size)
            _download(artifacts, f"{kept}/{path}", size, intake.path(path), client.tracking_uri)
    return (Pin(str(address), PinKind.VERSION, kept),)


def is_served(kept: str) -> bool:
    """Tell whether the server hands out an address itself, and the address stays where it begins."""
    return _SERVED.fullmatch(kept) is not None and not leads_elsewhere(kept)


def _kept_at(client: Any, address: TrackedModel) -> str:
    """Find where the artifacts are, which no later change of an alias moves."""
    if address.run:
        return _of_run(client.get_run(address.run), client, address.path)
    version = address.version
    if address.alias:
        version = client.get_model_version_by_alias(address.model, address.alias).version
    kept = str(client.get_model_version_download_uri(address.model, version)).rstrip("/")
    logged = _LOGGED.fullmatch(kept)
    return _of_logged(client.get_logged_model(logged[1])) if logged else kept


def _of_run(run: Any, client: Any, path: str) -> str:
    """Find what a run kept under a path; since MLflow 3 a model is kept beside the run, under its name."""
    for output in run.outputs.model_outputs if run.outputs else ():
        logged = client.get_logged_model(output.model_id)
        if logged.name == path:
            return _of_logged(logged)
    root = str(run.info.artifact_uri).rstrip("/")
    return f"{root}/{path}" if path else root


def _of_logged(model: Any) -> str:
    return str(model.artifact_location).rstrip("/")


def _listed(artifacts: Any, kept: str, tracking_uri: str) -> Iterator[tuple[str, int]]:
    """List the files below an address, with their sizes in bytes."""
    waiting, looked_into = [""], 0
    while waiting:
        below, looked_into = waiting.pop(), looked_into + 1
        if looked_into > MAX_FILES:
            raise SourceRefused(f"It has more than {MAX_FILES:,} folders.", "Log the model's own files only.")
        for one in artifacts.list_artifacts(
            artifact_uri=f"{kept}/{below}".rstrip("/"), tracking_uri=tracking_uri
        ):
            path = f"{below}/{one.path.rpartition('/')[2]}".lstrip("/")
            if one.is_dir:
                waiting.append(path)
            else:
                yield path, int(one.file_size or 0)


def _download(artifacts: Any, uri: str, size: int, target: Path, tracking_uri: str) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".incoming-") as room:
        came = Path(artifacts.download_artifacts(artifact_uri=uri, dst_path=room, tracking_uri=tracking_uri))
        if came.stat().st_size != size:
            raise SourceUnavailable(f"{target.name} came from MLflow with another length than was announced.")
        came.replace(target)


@contextmanager
def asking(address: TrackedModel) -> Iterator[None]:
    """Set the client up, and say in plain words what it raises."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise SourceRefused(
            "This service cannot read MLflow: its client is not installed.",
            'Ask the operator to install it; pip install "giveback[mlflow]" brings it.',
        ) from None
    try:
        yield
    except MlflowException as error:
        if error.error_code in _PASSING:
            raise SourceUnavailable(f"MLflow could not give {address} ({error.error_code}).") from error
        raise SourceRefused(
            f"MLflow did not give {address} ({error.error_code}).",
            "Check source in the manifest, and that this service may read it.",
        ) from error
    except (SourceError, OSError) as error:
        # requests' errors are OSErrors, and what the disk says is said elsewhere.
        if isinstance(error, SourceError) or is_full(error):
            raise
        raise SourceUnavailable(f"MLflow could not give {address} ({type(error).__name__}).") from error


def _pinned(order: Order) -> str | None:
    return next((pin.value for pin in order.pinned if pin.kind is PinKind.VERSION), None)
