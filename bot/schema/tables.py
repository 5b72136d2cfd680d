"""Every table, wherever it is kept."""

from __future__ import annotations

from sqlmodel import SQLModel

from bot import (  # noqa: F401  # importing a module makes its tables known
    api_tokens,
    audit,
    check_parts,
    decisions,
    histories,
    hub_tokens,
    judged,
    knowledge,
    memory,
    releases,
    repository_config,
    store,
    threads,
    timers,
    workers,
)

TABLES = SQLModel.metadata
