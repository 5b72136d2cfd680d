"""Make up text full of numbers and codes that look like personal data and are nobody's."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator

_WORDS = (
    *(
        "the",
        "model",
        "was",
        "trained",
        "on",
        "data",
        "from",
        "several",
        "runs",
        "and",
        "each",
        "result",
        "is",
    ),
    *(
        "mean",
        "of",
        "five",
        "seeds",
        "with",
        "same",
        "set",
        "options",
        "for",
        "training",
        "evaluation",
        "loss",
    ),
    *("batch", "size", "steps", "learning", "rate", "weights", "layers", "tokens", "as", "reported", "in"),
    *("section", "table", "figure", "see", "also", "note", "that", "build", "failed", "after", "update"),
    *("package", "server", "log", "error", "request"),
)


def lines(size: int, seed: int = 0) -> Iterator[str]:
    """Give at least ``size`` characters of lines, each with one look-alike among words."""
    chance = random.Random(seed)
    while size > 0:
        before, after = (" ".join(chance.choices(_WORDS, k=chance.randint(4, 20))) for _ in range(2))
        line = f"{before} {_look_alike(chance)} {after}"
        size -= len(line) + 1
        yield line


def _look_alike(chance: random.Random) -> str:
    def digits(count: int) -> str:
        return "".join(chance.choices("0123456789", k=count))

    return chance.choice(
        (
            lambda: (
                f"version {chance.randint(0, 30)}.{chance.randint(0, 40)}.{chance.randint(0, 99)}.{digits(2)}"
            ),
            lambda: f"v{chance.randint(0, 9)}.{chance.randint(0, 40)}.{chance.randint(0, 20)}",
            lambda: f"torch=={chance.randint(1, 2)}.{chance.randint(0, 13)}.{digits(1)}.{digits(1)}",
            lambda: f"commit {chance.getrandbits(160):040x}",
            lambda: f"sha256:{chance.getrandbits(256):064x}",
            lambda: str(uuid.UUID(int=chance.getrandbits(128))),
            lambda: f"ISBN 978-{digits(1)}-{digits(3)}-{digits(5)}-{digits(1)}",
            lambda: f"order {digits(chance.choice((8, 9, 10, 12, 16)))}",
            lambda: f"order #{digits(3)}-{digits(7)}-{digits(7)}",
            lambda: f"invoice no. {digits(10)}",
            lambda: f"tracking number: 1Z{digits(16)}",
            lambda: (
                f"20{digits(2)}-1{chance.randint(0, 2)}-{digits(2)}T10:{digits(2)}:{digits(2)}.{digits(6)}Z"
            ),
            lambda: f"{digits(2)}/{digits(2)}/20{digits(2)} {digits(2)}:{digits(2)}",
            lambda: f"at {digits(10)}",
            lambda: f"{chance.random():.16f}",
            lambda: f"{chance.random() * 1e9:,.2f}",
            lambda: f"user{digits(3)}@example.{chance.choice(('com', 'org', 'net'))}",
            lambda: f"{chance.choice(('192.168', '10.0', '172.16', '127.0'))}.{digits(2)}.{digits(2)}",
            lambda: f"192.0.2.{chance.randint(1, 254)}",
            lambda: f"doi 10.{digits(4)}/{digits(7)}.{digits(7)}",
            lambda: f"arXiv:{digits(4)}.{digits(5)}",
            lambda: f"pid {digits(5)} port {digits(5)}",
            lambda: f"0x{chance.getrandbits(64):016x}",
            lambda: f"[{', '.join(digits(chance.randint(1, 5)) for _ in range(8))}]",
            lambda: f"p. {digits(3)}-{digits(3)}",
        )
    )()
