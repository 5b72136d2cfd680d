"""What a trainer's files say, as facts: each value with the file and key it was read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.cards.portions import Look

Value = str | int | float | bool | list[str] | dict[str, int | float]

_OF_A_REPOSITORY = ("git.", "citation.", "license_text")
"""How names of facts begin that any repository has."""


@dataclass(frozen=True)
class Fact:
    """Hold one value together with where it was read; ``key`` is a path inside ``file``."""

    name: str
    value: Value
    file: str
    key: str

    def as_dict(self) -> dict[str, Any]:
        """Give the fact as the plain values that ``giveback card --json`` prints."""
        return asdict(self)


@dataclass(frozen=True)
class Unreadable:
    """Name a file that should have held facts but could not be read, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Reader:
    """Tie a kind of artifact, by the names its files have, to the function that reads it.

    ``pattern`` is a path below the model's folder, such as ``*.safetensors`` or ``unet/config.json``.
    ``read`` gets the path of a file and its name in the folder, yields facts, and raises CannotRead.

    ``look`` reads the same of a file that is open, and looks at little of one that may be of any size; see
    :class:`bot.cards.portions.Portions`. A file ``is_local`` that no commit holds.
    """

    pattern: str
    read: Callable[[Path, str], Iterator[Fact]]
    look: Look | None = None
    is_local: bool = False


@dataclass(frozen=True)
class Reading:
    """Hold everything one folder told: the facts, and the files that could not be read."""

    facts: tuple[Fact, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def get(self, name: str) -> Fact | None:
        """Find the first fact with this name."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def all(self, name: str) -> tuple[Fact, ...]:
        """Find every fact with this name, in the order of the files."""
        return tuple(fact for fact in self.facts if fact.name == name)

    def own(self, name: str) -> Fact | None:
        """Find the fact in its own file rather than in the collected ``all_results.json``."""
        found = self.all(name)
        return next((fact for fact in found if fact.file != "all_results.json"), next(iter(found), None))

    @property
    def is_of_a_model(self) -> bool:
        """Tell whether any fact is about a model, rather than about the repository or from its card."""
        return any(
            fact.file != "README.md" and not fact.name.startswith(_OF_A_REPOSITORY) for fact in self.facts
        )

    @property
    def names(self) -> frozenset[str]:
        """Name every fact that was read."""
        return frozenset(fact.name for fact in self.facts)

    @property
    def logged(self) -> frozenset[str]:
        """Name every column the training log has."""
        rows = [fact.value for fact in self.all("training_log")]
        return frozenset(column for row in rows if isinstance(row, dict) for column in row)
