"""What a report says about the machine and the software it was made on: a pure library."""

from bot.triage.environment.facts import (
    Block,
    BlockKind,
    Contradiction,
    Environment,
    Fact,
    Source,
    Subject,
)
from bot.triage.environment.reading import read_environment, without_environment

__all__ = [
    "Block",
    "BlockKind",
    "Contradiction",
    "Environment",
    "Fact",
    "Source",
    "Subject",
    "read_environment",
    "without_environment",
]
