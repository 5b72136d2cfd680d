"""Histories that are made up: what people write and how they label it, with a grain of noise."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bot.triage.history import PastIssue

SUBJECTS = ("trainer", "tokenizer", "data loader", "scheduler", "checkpoint", "metric", "pipeline", "cache")
SAYINGS = {
    "bug": (
        ("The {} crashes", "It fails with a ValueError since the last version. Steps to reproduce: run it."),
        ("Wrong result from the {}", "The output is incorrect and I see an unexpected error."),
        ("{} hangs after upgrading", "It is broken and freezes. Expected behavior: it ends."),
    ),
    "enhancement": (
        ("Add an option to the {}", "It would be nice to have this. The motivation is convenience."),
        ("Support streaming in the {}", "I would like the ability to stream. Alternatives are clumsy."),
        ("Allow a custom {}", "Please add support for it, a proposal is attached."),
    ),
    "question": (
        ("How do I use the {}?", "I am trying to understand. Is there any way? Thanks for any help."),
        ("What is the {} for?", "I'm not sure where to look, can someone help me?"),
        ("Is it possible to share a {}?", "Could someone point me to a tutorial?"),
    ),
}
NAMES = tuple(SAYINGS)


def history(issues: int, *, seed: int = 0, noise: float = 0.0, start: int = 1) -> list[PastIssue]:
    """Make up labelled issues; ``noise`` is the share that somebody labelled by chance."""
    chance = random.Random(seed)
    made = []
    for number in range(start, start + issues):
        kind = chance.choice(NAMES)
        title, body = chance.choice(SAYINGS[kind])
        subject = chance.choice(SUBJECTS)
        labels = [chance.choice(NAMES) if chance.random() < noise else kind]
        if subject == "tokenizer":
            labels.append("area: tokenizer")
        made.append(
            issue(number, title.format(subject), f"{body} It is number {chance.randrange(99)}.", labels)
        )
    return made


def issue(number: int, title: str, body: str = "", labels: Sequence[str] = ()) -> PastIssue:
    """Make up one issue."""
    return PastIssue(number=number, title=title, body=body, labels=tuple(labels))
