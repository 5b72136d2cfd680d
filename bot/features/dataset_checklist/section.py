"""What a repository can say about its data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.config import Section
from bot.datasets.kinds import Kind
from bot.datasets.risk.advice import K
from bot.features.checks.section import Patterns
from bot.features.checks.verdict import Level

DATA_FILES = (
    "*.csv",
    "*.tsv",
    "*.jsonl",
    "*.ndjson",
    "*.parquet",
    "*.arrow",
    "*.csv.gz",
    "*.tsv.gz",
    "*.jsonl.gz",
    "*.sqlite",
    "*.sqlite3",
    "data/**/*.json",
    "data/**/*.txt",
)
"""Files that are data wherever they stand; what stands beside them is scanned too, whatever it is."""


class DatasetChecklistSection(Section):
    """Look at data that pull requests bring, and go through the anonymization checklist."""

    level: Level = Field(
        default="warn",
        description="`off`, `warn`, or `required`: the check run then fails until the checklist is done.",
    )
    checklist: Literal["general", "hipaa", "gdpr"] = Field(
        default="general", description="Which checklist, unless somebody asks for another."
    )
    k: int = Field(
        default=K, ge=2, description="Classes of fewer rows count as small; no standard sets this number."
    )
    template: str | None = Field(
        default=None,
        description="Path of a Jinja template on the default branch that shows the checklist your way.",
    )
    folder: str | None = Field(
        default=None,
        description="The dataset's folder, when what a pull request changes does not make it plain.",
    )
    paths: Patterns = Field(
        default=DATA_FILES, description="Paths of data files, written as in `.gitignore`."
    )
    kinds: tuple[Kind, ...] = Field(
        default=(), description="Kinds of personal data of your own, with patterns in RE2 syntax."
    )
