"""Read what a PEFT adapter changes, and in which model, from ``adapter_config.json``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number, read_object, text, texts
from bot.cards.facts import Fact
from bot.cards.taking import named, take, yes

MAX_BYTES = 4 * 1024 * 1024

_TEXTS = named("peft_type", "peft_version", "task_type", "target_modules") | {
    "base_model_name_or_path": "base_model",
    "revision": "base_model_revision",
    "bias": "lora_bias",
}
_NUMBERS = named("lora_alpha", "lora_dropout", "num_virtual_tokens") | {"r": "lora_rank"}


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the facts of one adapter. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    yield from take(config, file, text, _TEXTS)
    yield from take(config, file, number, _NUMBERS)
    yield from take(config, file, texts, named("target_modules", "modules_to_save"))
    yield from take(config, file, yes, named("use_dora", "use_rslora"))
