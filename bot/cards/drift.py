"""Hold a card against the files it was written from, to find what either has changed since."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.blocks import Block, blocks
from bot.cards.card import FACTS, PROVENANCE, house_blocks, peoples_words, render_card
from bot.cards.declared import Declared, declared_in, filled
from bot.cards.facts import Reading
from bot.cards.front_matter import Parts, split
from bot.cards.model_index import own_results
from bot.cards.rules.findings import Finding, Severity, WriteAgain
from bot.documents import DocumentError


def drift(card: str, parts: Parts, reading: Reading, declared: Declared) -> Iterator[Finding]:
    """Yield what writing the ``card`` again would change, and what it could not because people edited it.

    A card nobody generated has nothing to be written again.
    """
    try:
        again = split(render_card(reading, declared, card).text)
    except DocumentError:
        return  # the rules tell what is wrong with the metadata
    found = list(_located(parts))
    new = {block.name: block.text for block in blocks(again.body)}
    for block, line in found:
        if block.is_edited and block.name in FACTS:
            message = f'the part "{block.name}" was edited by hand, so its numbers are not held against files'
            yield Finding("part-edited", Severity.WARNING, line, message)
        elif block.name in house_blocks() and not block.is_edited and new.get(block.name) != block.text:
            severity = Severity.WARNING if block.name in peoples_words() - {"start"} else Severity.ERROR
            message = f'the part "{block.name}" is not what files and declarations say now; write it again'
            yield Finding("part-outdated", severity, line, message, (WriteAgain(),))
    yield from _missing(found, new)
    yield from _index(parts, again, declared)


def _missing(found: list[tuple[Block, int]], new: dict[str, str]) -> Iterator[Finding]:
    """Yield the parts with numbers that are gone while the card still vouches for every number."""
    there = {block.name for block, _ in found}
    vouching = next((line for block, line in found if block.name == PROVENANCE and not block.is_edited), None)
    if vouching is not None:
        for name in sorted(FACTS & new.keys() - there):
            message = (
                f'the part "{name}" is missing, or lost the comments around it; write it again, or leave its '
                "two comments with nothing between them"
            )
            yield Finding("part-missing", Severity.ERROR, vouching, message, (WriteAgain(),))


def _index(parts: Parts, again: Parts, declared: Declared) -> Iterator[Finding]:
    """Yield when the results taken from the model's own files are not those that would be taken now."""
    written = parts.data.get("model-index")
    ours = own_results(written, filled(declared_in(parts.data), declared).model_id)
    if ours and written != again.data.get("model-index"):
        message = "the model-index is not what files and declarations say now; write it again"
        yield Finding(
            "model-index-outdated", Severity.ERROR, parts.line("model-index"), message, (WriteAgain(),)
        )


def _located(parts: Parts) -> Iterator[tuple[Block, int]]:
    """Yield each block with the line of the card it starts on."""
    line, done = parts.body_line, 0
    for block in blocks(parts.body):
        line, done = line + parts.body.count("\n", done, block.start), block.start
        yield block, line
