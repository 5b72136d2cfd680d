"""Read what a sentence-transformers model is made of, from the small files each of its modules has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.cards.artifacts import CannotRead, number, read_json, read_object, text, texts
from bot.cards.facts import Fact
from bot.cards.tables import read_rows
from bot.cards.taking import named, take
from bot.cards.written import written

MAX_BYTES = 1024 * 1024

_POOLING = {"embedding_dimension": "embedding_dimension", "word_embedding_dimension": "embedding_dimension"}
_DENSE = {"out_features": "embedding_dimension"}
_MODE = "pooling_mode_"
_NO_METRICS = ("epoch", "steps")


def read_modules(path: Path, file: str) -> Iterator[Fact]:
    """Yield the classes of the modules, in the order texts go through them. Raises CannotRead."""
    modules = read_json(path, MAX_BYTES)
    if not isinstance(modules, list):
        raise CannotRead("it does not hold a list of modules")
    types = [module.get("type") if isinstance(module, dict) else None for module in modules]
    names = texts([kind.rpartition(".")[2] if isinstance(kind, str) else None for kind in types])
    if names:
        yield Fact("modules", names, file, "*.type")


def read_config(path: Path, file: str) -> Iterator[Fact]:
    """Yield how embeddings are compared, and with which prompts they are made. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    versions = config.get("__version__")
    if isinstance(versions, dict):
        name = {"sentence_transformers": "sentence_transformers_version"}
        yield from take(versions, file, text, name, under="__version__.")
    yield from take(config, file, text, {"similarity_fn_name": "similarity_function"})
    prompts = config.get("prompts")
    names = texts([name for name, prompt in prompts.items() if prompt]) if isinstance(prompts, dict) else None
    if names:
        yield Fact("prompt_names", names, file, "prompts")


def read_encoder(path: Path, file: str) -> Iterator[Fact]:
    """Yield the longest input of the first module. Raises CannotRead."""
    yield from take(read_object(path, MAX_BYTES), file, number, named("max_seq_length"))


def read_evaluation(path: Path, file: str) -> Iterator[Fact]:
    """Yield what an evaluator measured last, from the table it adds rows to. Raises CannotRead."""
    rows = read_rows(path, MAX_BYTES)
    evaluator = path.name.removesuffix("_results.csv")
    if text(evaluator):
        for column, value in rows[-1].items():
            taken = number(written(value))
            if taken is not None and text(column) and column not in _NO_METRICS:
                yield Fact(f"evaluator.{evaluator}.{column}", taken, file, f"row {len(rows)}: {column}")


def read_module(path: Path, file: str) -> Iterator[Fact]:
    """Yield the size of the embeddings a module gives, and how it pools. Raises CannotRead."""
    config = read_object(path, MAX_BYTES)
    yield from take(config, file, number, _POOLING | _DENSE)
    mode = config.get("pooling_mode")
    modes = texts([mode] if isinstance(mode, str) else mode)
    if modes:
        yield Fact("pooling", modes, file, "pooling_mode")
    # Before version 6 each mode was a switch of its own.
    switched_on = texts(
        [key.removeprefix(_MODE) for key, on in config.items() if key.startswith(_MODE) and on is True]
    )
    if switched_on:
        yield Fact("pooling", switched_on, file, f"{_MODE}*")
