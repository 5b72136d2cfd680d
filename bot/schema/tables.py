"""Every module that keeps tables, so that the schema is known in whole wherever it is asked for."""

from __future__ import annotations

from sqlmodel import SQLModel

from bot import (
    audit,
    check_parts,
    decisions,
    histories,
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

MODULES = (
    audit,
    check_parts,
    decisions,
    histories,
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
