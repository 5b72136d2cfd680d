"""Read what a JAX checkpoint of Orbax says about itself; its arrays are not opened.

Source: google/orbax, checkpoint/orbax/checkpoint/_src/metadata.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.cards.artifacts import MAX_INTEGER, CannotRead, number, read_object, text
from bot.cards.facts import Fact

MAX_BYTES = 16 * 1024 * 1024
MAX_METRICS = 100


def read_checkpoint(path: Path, file: str) -> Iterator[Fact]:
    """Yield when a checkpoint was written, and what was measured then. Raises CannotRead."""
    metadata = read_object(path, MAX_BYTES)
    if "item_handlers" not in metadata:
        raise CannotRead("it is not the metadata of an Orbax checkpoint")
    written = number(metadata.get("commit_timestamp_nsecs"))
    if written is not None:
        yield Fact("orbax.written", written, file, "commit_timestamp_nsecs")
    metrics = metadata.get("metrics")
    for key, value in list(metrics.items())[:MAX_METRICS] if isinstance(metrics, dict) else []:
        measured = number(value)
        if measured is not None and text(key):
            yield Fact(f"orbax.metric.{key}", measured, file, f"metrics.{key}")


def read_tree(path: Path, file: str) -> Iterator[Fact]:
    """Yield how many arrays and parameters the tree of a checkpoint has. Raises CannotRead."""
    tree = read_object(path, MAX_BYTES).get("tree_metadata")
    if not isinstance(tree, dict):
        raise CannotRead("it is not the metadata of an Orbax tree")
    shapes = [_shape(leaf) for leaf in tree.values()]
    yield Fact("orbax.tensors", len(shapes), file, "tree_metadata")
    # Older versions do not write shapes down; a sum over some arrays would be wrong.
    counts = [math.prod(shape) for shape in shapes if shape is not None]
    if counts and len(counts) == len(shapes) and sum(counts) <= MAX_INTEGER:
        yield Fact("orbax.parameters", sum(counts), file, "tree_metadata.*.value_metadata.write_shape")


def _shape(leaf: Any) -> list[int] | None:
    match leaf:
        case {"value_metadata": {"write_shape": [*shape]}} if all(
            type(side) is int and 0 <= side <= MAX_INTEGER for side in shape
        ):
            return shape
        case _:
            return None
