"""Take the arguments of a training run as facts, and nothing that only tells of somebody's machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from bot.cards.artifacts import texts
from bot.cards.facts import Fact
from bot.cards.taking import scalar
from bot.documents import parse_mapping

_TELLS_OF_A_PLACE = re.compile(r"[/\\@]")
_ON_A_DISK = re.compile(r"[/.~\\]|[A-Za-z]:|.*(?:\\|://|/.*/)|.*\.[a-z]{2,7}$")
"""A path or an address: from the root or here, with two slashes, or with the ending of a file."""


def hyperparameters(arguments: Mapping[str, Any], file: str, under: str = "") -> Iterator[Fact]:
    """Yield the known arguments as ``hyperparameter.NAME``; ``under`` is where they stand in the file."""
    for name in filter(arguments.__contains__, _known()):
        taken = scalar(arguments[name])
        if taken is not None and not _TELLS_OF_A_PLACE.search(str(taken)):
            yield Fact(f"hyperparameter.{name}", taken, file, f"{under}{name}")


def datasets(names: object, file: str, key: str) -> Iterator[Fact]:
    """Yield the names of the data trained on, all of them or none: part of them would be a false list."""
    taken = texts(names)
    if taken and not any(map(_ON_A_DISK.match, taken)):
        yield Fact("training_datasets", taken, file, key)


@cache
def _known() -> tuple[str, ...]:
    data, _ = parse_mapping(files("bot.cards").joinpath("hyperparameters.yml").read_bytes())
    return tuple(data["arguments"])
