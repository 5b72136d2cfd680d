"""What the sandbox answers over GraphQL: the operations the bot asks for, by their names, and no others."""

from __future__ import annotations

from bot.sandbox.github.operations import reads, standing, writes
from bot.sandbox.github.operations.reading import Operation

OPERATIONS: dict[str, Operation] = {**reads.OPERATIONS, **standing.OPERATIONS, **writes.OPERATIONS}
