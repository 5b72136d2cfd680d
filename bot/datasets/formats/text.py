"""Scan a text: plain text, Markdown, code, logs, or anything else that is made of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from bot.datasets.detection import Detector
from bot.datasets.folding import Folded, fold
from bot.datasets.formats.blocks import LONG, Block, blocks
from bot.datasets.tally import Tally


class Extent(NamedTuple):
    """How much of a text was read."""

    lines: int
    characters: int


def scan_text(
    read: Callable[[int], bytes], detector: Detector, tally: Tally, piece: int = LONG, above: bytes = b""
) -> Extent:
    """Scan UTF-8 text that stands below ``above``; what is not UTF-8 counts as replacement characters do."""
    lines = characters = 0
    unfinished = False
    for block in blocks(read, piece, above=above):
        characters += _scan_block(block, detector, tally, lines, characters)
        lines += block.data.count(b"\n", block.start, block.stop)
        unfinished = block.data[block.stop - 1] != ord("\n")
    return Extent(lines + unfinished, characters)


def _scan_block(block: Block, detector: Detector, tally: Tally, line: int, characters: int) -> int:
    """Scan what is the block's own, and say how many characters that is."""
    data, start, stop = block
    if data.isascii():
        own, text, before = stop - start, Folded(data[start:], data[start:].decode(), []), data[:start]
    else:
        own = len(data[start:stop].decode("utf-8", "replace"))
        text = fold(data[start:].decode("utf-8", "replace"))
        before = fold(data[:start].decode("utf-8", "replace")).data
    hits = detector.detect(before + text.data, len(before))
    if own < len(text.text):
        places = text.characters(hit.start - len(before) for hit in hits)
        hits = [hit for hit in hits if places[hit.start - len(before)] < own]
    tally.count(None, Counter((hit.kind, hit.tier) for hit in hits))
    listed = hits[: tally.room]
    places = text.characters(place - len(before) for hit in listed for place in (hit.start, hit.end))
    read = 0
    for hit in listed:
        start, end = hit.start - len(before), hit.end - len(before)
        line += text.data.count(b"\n", read, start)
        read = start
        first, last = characters + places[start], characters + places[end]
        tally.note(hit.kind, hit.tier, first, last, hit.score, line=line + 1)
    return own
