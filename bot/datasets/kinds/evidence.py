"""What a check says of a value that has the shape of a kind."""

from __future__ import annotations

from enum import IntEnum


class Evidence(IntEnum):
    """How far a value proves its kind, by itself."""

    NOTHING = 0
    """It is known to be something else, or it is reserved for examples."""
    BROKEN = 1
    """It has the shape, and fails the checksum or the issuer's rules."""
    WEAK = 2
    """It passes, and is hardly anybody's: it is possible at most."""
    VALID = 3
    """It passes."""


NOTHING, BROKEN, WEAK, VALID = Evidence
"""The same by themselves, for to ask an enumeration for one takes longer than many a check."""
