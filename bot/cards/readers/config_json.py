"""Read the facts in a Transformers-style ``config.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.cards.artifacts import number, read_object, text, texts
from bot.cards.facts import Fact
from bot.cards.taking import named, take

MAX_BYTES = 4 * 1024 * 1024

_TEXTS = named("model_type", "hidden_act", "problem_type", "transformers_version") | {
    "_name_or_path": "name_or_path",
    "dtype": "dtype",
    "torch_dtype": "dtype",
    "_class_name": "diffusers_class",
    "_diffusers_version": "diffusers_version",
}
_NUMBERS = named(
    "hidden_size",
    "image_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_experts_per_tok",
    "num_hidden_layers",
    "num_key_value_heads",
    "vocab_size",
) | dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), "num_experts")
_QUANTIZATION = {"quant_method": "quantization"}
_BITS = {"bits": "quantization_bits"}
_UNNAMED = re.compile(r"LABEL_\d+")
"""What Transformers calls a class that nobody named."""


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one configuration. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    yield from take(config, file, texts, named("architectures"))
    yield from take(config, file, text, _TEXTS)
    yield from take(config, file, number, _NUMBERS)
    language = config.get("text_config")
    if isinstance(language, dict):
        # Models of images and language have the sizes of their language model one level down.
        missing = {key: name for key, name in _NUMBERS.items() if key not in config}
        yield from take(language, file, number, missing, under="text_config.")
    yield from _labels(config, file)
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict):
        yield from take(quantization, file, text, _QUANTIZATION, under="quantization_config.")
        yield from take(quantization, file, number, _BITS, under="quantization_config.")
    if config.get("auto_map"):
        yield Fact("custom_code", True, file, "auto_map")


def _labels(config: Mapping[str, Any], file: str) -> Iterator[Fact]:
    labels = config.get("id2label")
    if isinstance(labels, dict) and labels:
        yield Fact("label_count", len(labels), file, "id2label")
        names = texts(list(labels.values()))
        if names and not any(map(_UNNAMED.fullmatch, names)):
            yield Fact("labels", names, file, "id2label.*")
