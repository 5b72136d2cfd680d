"""Read the layers and the training of a Keras 3 model from its ``.keras`` archive; nothing of it is built.

Source: keras-team/keras, keras/src/saving/saving_lib.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.cards.archives import open_archive, read_member
from bot.cards.artifacts import CannotRead, Opened, number, text
from bot.cards.facts import Fact, Value

MAX_BYTES = 16 * 1024 * 1024
MAX_LAYERS = 20_000
MAX_CLASSES = 20
_LIBRARIES = ("keras", "keras_hub", "keras_cv", "keras_nlp")
"""Packages that Keras takes classes from by itself; any other class has to be brought along."""


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield the facts of one model. Raises CannotRead."""
    with open_archive(content) as archive:
        metadata = read_member(archive, "metadata.json", MAX_BYTES)
        config = read_member(archive, "config.json", MAX_BYTES)
    version = text(metadata.get("keras_version"))
    if version is None:
        raise CannotRead("its metadata.json has no keras_version")
    said: list[tuple[str, Value | None, str]] = [
        ("version", version, "metadata.json:keras_version"),
        ("date_saved", text(metadata.get("date_saved")), "metadata.json:date_saved"),
    ]
    configured = [*_of_model(config), *_of_training(config.get("compile_config"))]
    said += [(name, value, f"config.json:{key}") for name, value, key in configured]
    for name, value, key in said:
        if value is not None:
            yield Fact(f"keras.{name}", value, file, key)


def _of_model(config: dict[str, Any]) -> Iterator[tuple[str, Value | None, str]]:
    inner = config.get("config")
    inner = inner if isinstance(inner, dict) else {}
    layers = list(_layers(inner))
    classes = list(dict.fromkeys(name for layer in layers if (name := text(layer.get("class_name")))))
    yield "class", text(config.get("class_name")), "class_name"
    yield "name", text(inner.get("name")), "config.name"
    yield "layers", len(layers), "config.layers"
    yield "layer_classes", classes[:MAX_CLASSES] or None, "config.layers.class_name"
    yield (
        "frozen_layers",
        sum(_config(layer).get("trainable") is False for layer in layers),
        "config.layers.trainable",
    )
    for layer in layers:
        shape, name = _config(layer).get("batch_shape"), text(_config(layer).get("name"))
        if layer.get("class_name") == "InputLayer" and name and isinstance(shape, list) and len(shape) <= 8:
            sides = ", ".join("?" if number(side) is None else str(side) for side in shape)
            yield (
                f"input.{name}",
                f"{text(_config(layer).get('dtype')) or 'any'}[{sides}]",
                "config.layers.batch_shape",
            )
    yield "custom_code", any(map(_is_custom, [config, *layers])) or None, "config.layers.module"


def _of_training(compiled: object) -> Iterator[tuple[str, Value | None, str]]:
    if not isinstance(compiled, dict):
        return
    optimizer = compiled.get("optimizer")
    if isinstance(optimizer, dict):
        yield "optimizer", text(optimizer.get("class_name")), "compile_config.optimizer.class_name"
        rate = _config(optimizer).get("learning_rate")
        yield "learning_rate", number(rate), "compile_config.optimizer.config.learning_rate"
    loss = compiled.get("loss")
    name = loss.get("class_name") if isinstance(loss, dict) else loss
    yield "loss", text(name), "compile_config.loss"


def _layers(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the layers of a model and of the models among them, at most ``MAX_LAYERS``."""
    waiting: list[Any] = [config]
    found = 0
    while waiting:
        layers = waiting.pop().get("layers")
        for layer in layers if isinstance(layers, list) else []:
            if isinstance(layer, dict):
                found += 1
                if found > MAX_LAYERS:
                    raise CannotRead(f"it has over {MAX_LAYERS} layers")
                yield layer
                waiting.append(_config(layer))


def _config(part: dict[str, Any]) -> dict[str, Any]:
    config = part.get("config")
    return config if isinstance(config, dict) else {}


def _is_custom(part: dict[str, Any]) -> bool:
    """Tell whether a part needs code that is not Keras's: a lambda, or a class of somebody's own."""
    module, name, registered = (part.get(key) for key in ("module", "class_name", "registered_name"))
    own = not isinstance(module, str) or module.partition(".")[0] not in _LIBRARIES
    return own or name == "Lambda" or registered not in (None, name)
