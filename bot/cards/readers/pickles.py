"""Name the files that run code when they are loaded; none of them is."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.artifacts import Opened
from bot.cards.facts import Fact

WEIGHTS = (
    "pytorch_model*.bin",
    "adapter_model.bin",
    "*.pt",
    "*.pth",
    "*.ckpt",
    "*.pkl",
    "*.pickle",
)
"""Names that pickles with weights in them go by."""
_STARTS = (b"PK\x03\x04", b"\x80")
"""How a file of ``torch.save`` starts, a zip archive, and any other pickle of protocol 2 or later."""


def look(content: Opened, file: str) -> Iterator[Fact]:
    """Yield that the file is a pickle, going by its first bytes."""
    if content.read(4).startswith(_STARTS):
        yield Fact("pickle", True, file, "")


def look_at_joblib(content: Opened, file: str) -> Iterator[Fact]:
    """Yield that the file is a pickle, going by its name: joblib may compress it."""
    if content.read(1):
        yield Fact("pickle", True, file, "")
