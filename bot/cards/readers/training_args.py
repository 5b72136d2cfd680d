"""Read the arguments of a training run: ``training_args.json`` or ``.yaml``, or an axolotl configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.cards.artifacts import CannotRead, read_bytes, read_object, text
from bot.cards.facts import Fact
from bot.cards.hyperparameters import datasets, hyperparameters
from bot.cards.taking import take
from bot.documents import DocumentError, parse_mapping

MAX_BYTES = 1024 * 1024
MAX_YAML = 64 * 1024
"""YAML of a stranger is slow to parse; a configuration people wrote is far smaller."""

_LLAMA_FACTORY = {"model_name_or_path": "training_base_model", "stage": "training_method"}
_AXOLOTL = {"base_model": "training_base_model", "rl": "training_method"}


def read_json_arguments(path: Path, file: str) -> Iterator[Fact]:
    """Yield the arguments that Transformers or TRL wrote down as JSON. Raises CannotRead."""
    yield from hyperparameters(read_object(path, MAX_BYTES), file)


def read_llama_factory(path: Path, file: str) -> Iterator[Fact]:
    """Yield the arguments LLaMA-Factory was started with. Raises CannotRead."""
    arguments = read_yaml(path)
    yield from hyperparameters(arguments, file)
    yield from take(arguments, file, text, _LLAMA_FACTORY)
    names = arguments.get("dataset")
    if isinstance(names, str):
        yield from datasets([name.strip() for name in names.split(",")], file, "dataset")


def read_axolotl(path: Path, file: str) -> Iterator[Fact]:
    """Yield what an axolotl configuration says. Raises CannotRead."""
    yield from axolotl(read_yaml(path), file)


def axolotl(arguments: Mapping[str, Any], file: str, under: str = "") -> Iterator[Fact]:
    """Yield what axolotl trained, on what, and how; ``under`` is where that stands in the file."""
    yield from hyperparameters(arguments, file, under)
    yield from take(arguments, file, text, _AXOLOTL, under=under)
    data = arguments.get("datasets")
    if isinstance(data, list):
        paths = [one.get("path") if isinstance(one, dict) else None for one in data]
        yield from datasets(paths, file, f"{under}datasets[].path")


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping of at most ``MAX_YAML`` bytes. Raises CannotRead."""
    return parse_yaml(read_bytes(path, MAX_YAML))


def parse_yaml(content: bytes) -> dict[str, Any]:
    """Parse a YAML mapping of at most ``MAX_YAML`` bytes. Raises CannotRead."""
    if len(content) > MAX_YAML:
        raise CannotRead(f"its YAML is larger than {MAX_YAML} bytes")
    try:
        data, _ = parse_mapping(content)
    except DocumentError as error:
        first = error.problems[0]
        raise CannotRead(f"it is not a YAML mapping ({first.message}, line {first.line})") from None
    return data
