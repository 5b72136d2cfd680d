"""Read what a Diffusers pipeline is made of: ``model_index.json``, and the settings of its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import number, read_object, text, texts
from bot.cards.facts import Fact
from bot.cards.taking import named, take

MAX_BYTES = 1024 * 1024
MAX_PARTS = 50

PARTS = ("unet", "transformer*", "vae*", "text_encoder*", "prior", "controlnet*", "image_encoder")
"""The folders that pipelines keep models in."""

_INDEX = {
    "_class_name": "pipeline",
    "_diffusers_version": "diffusers_version",
    "_name_or_path": "name_or_path",
}
_TEXTS = ("beta_schedule", "model_type", "prediction_type")
_NUMBERS = (
    "attention_head_dim",
    "cross_attention_dim",
    "hidden_size",
    "in_channels",
    "latent_channels",
    "num_attention_heads",
    "num_hidden_layers",
    "num_layers",
    "num_train_timesteps",
    "out_channels",
    "sample_size",
    "scaling_factor",
)


def read(path: Path, file: str) -> Iterator[Fact]:
    """Yield the pipeline's class, and the class of each part as ``library.Class``. Raises CannotRead."""
    index = read_object(path, MAX_BYTES)
    yield from take(index, file, text, _INDEX)
    parts = [(name, made_by) for name, made_by in index.items() if isinstance(made_by, list)]
    for name, made_by in parts[:MAX_PARTS]:
        names = texts(made_by)  # a part that is left out has null twice
        if text(name) and names and len(names) == 2:
            yield Fact(f"component.{name}", ".".join(names), file, name)


def read_part(path: Path, file: str) -> Iterator[Fact]:
    """Yield the settings of the part that ``path`` stands in the folder of. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    prefix = f"component.{file.partition('/')[0]}."
    yield from take(config, file, text, named(*_TEXTS, prefix=prefix))
    yield from take(config, file, number, named(*_NUMBERS, prefix=prefix))
