"""Read a text in blocks of whole lines, the same whatever the size of the pieces it arrives in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

LONG = 1 << 20
"""Bytes of a block at most; only a line that is longer is cut, each time after this many bytes of it."""
AROUND = 512
"""Bytes on both sides of a cut that are given to both blocks, more than any value and its words take."""


class Block(NamedTuple):
    """A piece of a text: what begins in ``data[start:stop]`` is its own, the rest is shown for words."""

    data: bytes
    start: int
    stop: int


def blocks(
    read: Callable[[int], bytes], piece: int = LONG, long: int = LONG, above: bytes = b""
) -> Iterator[Block]:
    """Cut what ``read`` gives, ``piece`` bytes at a time, into whole lines of up to ``long`` bytes.

    ``above`` is the end of what stands before, which is shown for its words.
    """
    buffer, start, ended = above, len(above), False
    while True:
        if not ended:
            buffer, ended = _filled(buffer, read, piece, start + long + AROUND)
        if start == len(buffer):
            return
        stop = buffer.rfind(b"\n", start, start + long) + 1
        if stop:
            shown = stop
        elif ended and len(buffer) - start <= long:
            stop = shown = len(buffer)
        else:
            stop = _character(buffer, start + long)
            shown = _character(buffer, stop + AROUND)
        yield Block(buffer[:shown], start, stop)
        kept = _character(buffer, max(0, stop - AROUND))
        buffer, start = buffer[kept:], stop - kept


def _filled(buffer: bytes, read: Callable[[int], bytes], piece: int, wanted: int) -> tuple[bytes, bool]:
    pieces, size = [buffer], len(buffer)
    while size < wanted:
        more = read(piece)
        if not more:
            return b"".join(pieces), True
        pieces.append(more)
        size += len(more)
    return b"".join(pieces), False


def _character(data: bytes, place: int) -> int:
    """Step back to where a character of UTF-8 begins; where nothing is UTF-8, stay."""
    for back in range(4):
        if place - back <= 0 or place - back >= len(data) or data[place - back] & 0xC0 != 0x80:
            return max(0, place - back)
    return place
