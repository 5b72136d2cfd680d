"""What can go wrong with a source: what may pass by itself, and what a person has to fix."""

from __future__ import annotations

import errno
import os

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class SourceError(Exception):
    """Stand for a source that did not give its content, with words a person can act on."""

    def __init__(self, message: str, next_step: str = "") -> None:
        self.message = message
        self.next_step = next_step
        super().__init__(message, next_step)  # both, so that the error survives being pickled


class SourceUnavailable(SourceError):
    """Say that the source could not answer now; trying again may work."""


class SourceRefused(SourceError):
    """Say that the source will not give it; ``next_step`` says what would help."""


def is_full(error: OSError) -> bool:
    """Tell whether an error means that a disk is full, also one of many that copying a folder met."""
    return error.errno in _NO_ROOM or any(os.strerror(one) in str(error) for one in _NO_ROOM)


def no_room() -> SourceUnavailable:
    """Say that the disk is full, which somebody may change."""
    return SourceUnavailable("There is no room left on the disk of the service.")
