"""What the forms ask of readers of environments and tracebacks: only their shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Stated(Protocol):
    """A value that was read from somewhere."""

    @property
    def value(self) -> str:
        """The value itself."""


class Conflict(Protocol):
    """Values a report gives for one thing that cannot all be true; as text, it names them."""

    @property
    def what(self) -> str:
        """What they are given for."""


class Environment(Protocol):
    """What a report says about machine and software, None or empty where it does not."""

    @property
    def python(self) -> Stated | None:
        """The version of Python."""

    @property
    def packages(self) -> Mapping[str, Stated]:
        """Versions by normalised name, such as ``torch``."""

    @property
    def accelerator(self) -> Stated | None:
        """``cuda``, ``rocm``, ``mps``, ``xpu``, ``tpu``, ``npu``, ``hpu`` or ``cpu``."""

    @property
    def driver(self) -> Stated | None:
        """The version of the accelerator's driver."""

    @property
    def os_family(self) -> str | None:
        """``linux``, ``wsl``, ``windows`` or ``macos``."""

    @property
    def contradictions(self) -> Sequence[Conflict]:
        """What its parts disagree about."""


class Failure(Protocol):
    """An error that a report shows."""

    @property
    def frames(self) -> Sequence[object]:
        """The calls that led to it."""

    @property
    def truncated(self) -> bool:
        """Whether its head or its end is missing."""
