"""Read the ``MLmodel`` file that MLflow puts into the folder of every model it logs.

Source: the MLflow documentation, "MLflow Models", storage format.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import CannotRead, text, texts
from bot.cards.facts import Fact
from bot.cards.readers.training_args import read_yaml
from bot.cards.taking import named, scalar, take

_MAX_FLAVORS = 20
_NAMES = {
    **named("mlflow_version", "run_id", "model_id", "utc_time_created"),
    "model_size_bytes": "size",
}
_FLAVOR = {
    **named("task", "source_model_name", "source_model_revision", "torch_dtype", "serialization_format"),
    "transformers_version": "library_version",
    "sklearn_version": "library_version",
    "keras_version": "library_version",
    "pytorch_version": "library_version",
    "onnx_version": "library_version",
    "xgb_version": "library_version",
    "lgb_version": "library_version",
}


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    model = read_yaml(path)
    flavors = model.get("flavors")
    if not isinstance(flavors, dict):
        raise CannotRead("it names no flavors")
    names = {key: f"mlflow.model.{name.removeprefix('mlflow_')}" for key, name in _NAMES.items()}
    yield from take(model, file, scalar, names)
    found = texts(list(flavors))
    if found:
        yield Fact("mlflow.model.flavors", found, file, "flavors")
    for flavor, settings in list(flavors.items())[:_MAX_FLAVORS]:
        if text(flavor) and isinstance(settings, dict):
            of_flavor = {key: f"mlflow.model.{flavor}.{name}" for key, name in _FLAVOR.items()}
            yield from take(settings, file, text, of_flavor, under=f"flavors.{flavor}.")
