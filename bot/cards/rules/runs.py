"""Rules on what the numbers of a card were measured with."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.outline import Outline
from bot.cards.rules.findings import Finding, error, warning
from bot.cards.rules.wording import MAX_TOLD


def limited(card: Outline) -> Iterator[Finding]:
    """Find runs of lm-evaluation-harness that looked at a part of their samples only, to try things out."""
    if card.reading is None:
        return
    limits = {fact.file: f"limit={fact.value}" for fact in card.reading.all("limit")}
    known = {(fact.file, fact.name): fact.value for fact in card.reading.facts}
    for (file, name), looked_at in known.items():
        every = known.get((file, name.replace("lm_eval_samples.", "lm_eval_all_samples.", 1)))
        if name.startswith("lm_eval_samples.") and looked_at != every and every is not None:
            limits.setdefault(file, f"{looked_at} of {every} samples")
    for file, limit in list(limits.items())[:MAX_TOLD]:
        message = (
            f"{file} was measured with {limit}, on a part of the data, so its numbers compare with nobody's; "
            "measure again without --limit"
        )
        yield error("evaluation-limited", _line(card), message)


def unreadable(card: Outline) -> Iterator[Finding]:
    """Name the files that numbers cannot be held against."""
    for one in card.reading.unreadable[:MAX_TOLD] if card.reading else ():
        message = f"{one.file} was not read, so nothing here is held against it: {one.reason}"
        yield warning("file-not-read", 1, message)


def _line(card: Outline) -> int:
    """Give the line of the section with results, or of the first line of the text."""
    return next((one.line for one in card.headings if card.is_about(one, "evaluation")), card.parts.body_line)
