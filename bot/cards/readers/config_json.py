"""Read the facts in a Transformers-style ``config.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number, read_object, text, texts
from bot.cards.facts import Fact, Value

MAX_BYTES = 4 * 1024 * 1024

_TEXTS = ("model_type", "hidden_act", "problem_type", "transformers_version")
_NUMBERS = ("hidden_size", "image_size", "max_position_embeddings", "num_hidden_layers", "vocab_size")


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one configuration. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)

    def fact(name: str, value: Value | None, key: str) -> Iterator[Fact]:
        if value is not None:
            yield Fact(name, value, file, key)

    yield from fact("architectures", texts(config.get("architectures")), "architectures")
    yield from fact("name_or_path", text(config.get("_name_or_path")), "_name_or_path")
    for key in ("dtype", "torch_dtype"):
        yield from fact("dtype", text(config.get(key)), key)
    for key in _TEXTS:
        yield from fact(key, text(config.get(key)), key)
    for key in _NUMBERS:
        yield from fact(key, number(config.get(key)), key)
    labels = config.get("id2label")
    if isinstance(labels, dict) and labels:
        yield Fact("label_count", len(labels), file, "id2label")
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict):
        method = text(quantization.get("quant_method"))
        yield from fact("quantization", method, "quantization_config.quant_method")
    if config.get("auto_map"):
        yield Fact("custom_code", True, file, "auto_map")
