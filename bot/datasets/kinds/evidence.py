"""What a check says of a value that has the shape of a kind."""

from __future__ import annotations

from enum import IntEnum


class Evidence(IntEnum):
    """How far a value proves its kind, by itself."""

    NOTHING = 0
    """It is known to be something else, or it is reserved for examples."""
    BROKEN = 1
    """It has the shape, and fails the checksum or the issuer's rules."""
    VALID = 2
    """It passes."""
