"""What failed in a report: the kind, the exception, its message and the frames that led to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_MESSAGE = 2_000
"""Characters of a message kept at most."""
MAX_FRAMES = 200
"""Frames of one failure kept at most: the innermost ones."""
MAX_CHAIN = 20
"""Links from a failure to its first cause kept at most."""


class Kind(StrEnum):
    """What sort of failure it is; the most telling one counts."""

    EXCEPTION = "exception"
    SYNTAX = "syntax error"
    IMPORT = "import or ABI error"
    OUT_OF_MEMORY = "out of memory"
    DEVICE = "device error"
    LIBRARY = "device library status"
    COLLECTIVE = "collective communication"
    CRASH = "crash"
    ASSERTION = "assertion in native code"
    PANIC = "panic"


@dataclass(frozen=True, slots=True)
class Frame:
    """One call on the stack."""

    file: str
    line: int | None
    function: str
    module: str = ""
    """The dotted Python module, or the library of a native frame; empty for the reporter's own code."""
    package: str = ""
    """The top-level package (``torch``), ``python`` for the standard library, empty for own code."""
    is_plumbing: bool = False
    """Whether every call passes here, so that it tells nothing (``data/components.yml``)."""

    @property
    def is_library(self) -> bool:
        """Tell whether the frame is of a third-party library, and tells something."""
        return self.package not in {"", "python"} and not self.is_plumbing


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure: an exception with its traceback, a device's error, a crash."""

    kind: Kind
    type: str
    """The exception as printed (``torch.OutOfMemoryError``), or what a line without one is called."""
    message: str
    frames: tuple[Frame, ...]
    """Outermost first, as Python prints them; native stacks are turned round."""
    line: int
    """The first line of it in the text, from 1."""
    last_line: int
    truncated: bool = False
    """Whether the traceback's head or its exception is missing."""
    cause: Failure | None = None
    """What it was raised from, or what was being handled."""
    is_direct_cause: bool = False
    """Whether ``cause`` was named by ``raise … from``."""
    members: tuple[Failure, ...] = ()
    """The exceptions of an exception group."""
    repeats: int = 1
    """How often the text shows it (once for each rank, for example)."""

    @property
    def name(self) -> str:
        """The type without its module: ``OutOfMemoryError``."""
        return self.type.rpartition(".")[2]

    @property
    def innermost_library_frame(self) -> Frame | None:
        """The deepest frame of a third-party library that is not plumbing, or None."""
        return next((frame for frame in reversed(self.frames) if frame.is_library), None)

    def chain(self) -> Iterator[Failure]:
        """Go from this failure to its first cause."""
        at: Failure | None = self
        for _ in range(MAX_CHAIN):
            if at is None:
                return
            yield at
            at = at.cause
