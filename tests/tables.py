"""Tables for tests that need some: those that are known there, without the steps of an upgrade."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlmodel import SQLModel


def create_tables(database: Engine) -> None:
    """Create the tables of the modules that the test has loaded."""
    SQLModel.metadata.create_all(database)
