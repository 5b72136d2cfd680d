"""The tables of this room: what lines mean, which parts of libraries belong to what, what is too common."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from bot.documents import read_document
from bot.triage.tracebacks.failure import Kind

Pattern = Annotated[re.Pattern[str], BeforeValidator(re.compile)]
T = TypeVar("T", bound=BaseModel)


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Sign(_Row):
    """A form of line that tells a kind of failure."""

    kind: Kind
    type: str
    match: Pattern
    whole: bool = False
    """Whether what stands before the match belongs to the message."""
    alone: bool = True
    """Whether such a line is a failure by itself; the others only tell the kind of an exception."""


class Signs(_Row):
    """``data/failure-lines.yml``."""

    words: tuple[str, ...]
    signs: tuple[Sign, ...]


class Part(_Row):
    """A part of a library: by the prefix of its module, and what it belongs to."""

    module: str
    component: str = ""
    framework: str = ""


class Symptom(_Row):
    """What a kind of failure is called among labels."""

    kind: Kind
    symptom: str


class Rules(_Row):
    """``data/components.yml``: how frames, devices and kinds of failure become proposals."""

    parts: tuple[Part, ...] = ()
    plumbing: tuple[str, ...] = ()
    """Modules (``torch.nn.modules.module``) that only pass calls on and tell nothing."""
    plumbing_symbols: tuple[str, ...] = ()
    """The beginnings of native functions that only report a failure."""
    symbols: dict[str, str] = {}
    """The package that a C++ namespace or a shared library belongs to."""
    symptoms: tuple[Symptom, ...] = ()

    def part_of(self, module: str) -> Part | None:
        """Find the part with the longest prefix of ``module``."""
        by_module = _parts_by_module(self.parts)
        names = module.split(".")[:12]
        for length in range(len(names), 0, -1):
            if part := by_module.get(".".join(names[:length])):
                return part
        return None

    def is_plumbing(self, module: str) -> bool:
        """Tell whether a module only passes calls on."""
        return any(module == one or module.startswith(f"{one}.") for one in self.plumbing)

    def is_plumbing_symbol(self, function: str) -> bool:
        """Tell whether a native function only reports a failure."""
        return function.startswith(self.plumbing_symbols)

    def extended(self, own: Rules) -> Rules:
        """Put a repository's own rules before these."""
        return Rules(
            parts=(*own.parts, *self.parts),
            plumbing=(*own.plumbing, *self.plumbing),
            plumbing_symbols=(*own.plumbing_symbols, *self.plumbing_symbols),
            symbols={**self.symbols, **own.symbols},
            symptoms=(*own.symptoms, *self.symptoms),
        )


class Stop(_Row):
    """A failure too common to group by, and why."""

    match: Pattern
    """Searched in ``Type: message``, in lower case."""
    reason: str
    unless_frames: bool = False
    """Whether two frames of libraries make it tell enough."""
    wraps: bool = False
    """Whether it only passes on its cause's failure, which is looked at instead."""


class Stops(_Row):
    """``data/fingerprint-stops.yml``."""

    stops: tuple[Stop, ...]


@cache
def _parts_by_module(parts: tuple[Part, ...]) -> dict[str, Part]:
    return {part.module: part for part in reversed(parts)}


def _read(name: str, model: type[T]) -> T:
    return read_document(files("bot.triage").joinpath("data", name).read_bytes(), model)


@cache
def signs() -> Signs:
    """Give the forms of failing lines, in the order they are tried."""
    return _read("failure-lines.yml", Signs)


@cache
def standard_rules() -> Rules:
    """Give the rules for components that come with the package."""
    return _read("components.yml", Rules)


@cache
def stops() -> tuple[Stop, ...]:
    """Give the failures too common to group by."""
    return _read("fingerprint-stops.yml", Stops).stops
