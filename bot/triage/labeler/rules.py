"""What `.github/labeler.yml` says, once it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from bot.documents import Problem
from bot.triage.labeler.globs import Glob
from bot.triage.linear import LinearPattern, LinearPatterns


class Quantity(StrEnum):
    """Which globs have to fit which files."""

    ANY_GLOB_TO_ANY_FILE = "any-glob-to-any-file"
    ANY_GLOB_TO_ALL_FILES = "any-glob-to-all-files"
    ALL_GLOBS_TO_ANY_FILE = "all-globs-to-any-file"
    ALL_GLOBS_TO_ALL_FILES = "all-globs-to-all-files"


@dataclass(frozen=True)
class Globs:
    """Globs and how many of them have to fit how many files."""

    quantity: Quantity
    globs: tuple[Glob, ...]


@dataclass(frozen=True)
class Regexes:
    """Regular expressions for the name of one branch, with their texts."""

    branch: str
    """``base-branch`` or ``head-branch``."""
    patterns: tuple[tuple[str, LinearPattern], ...]


@dataclass(frozen=True)
class Condition:
    """One match object: what is asked of the files, and of either branch; None where nothing is asked."""

    files: tuple[Globs, ...] | None = None
    base: Regexes | None = None
    head: Regexes | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked at all."""
        return self == Condition()


@dataclass(frozen=True)
class Block:
    """An ``any`` or ``all`` of a label."""

    every: bool
    """Whether all conditions have to hold, rather than one."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class LabelRule:
    """A label and the blocks that all have to hold for it."""

    label: str
    blocks: tuple[Block, ...]

    @property
    def uses_files(self) -> bool:
        """Tell whether the label counts for the limits on what changed files may bring."""
        return any(condition.files for block in self.blocks for condition in block.conditions)


@dataclass(frozen=True)
class LabelerRules:
    """A file that can be used, and what in it cannot."""

    rules: tuple[LabelRule, ...] = ()
    labels_limit: int | None = None
    """New labels by changed files at most; with more, none of them is added."""
    max_files: int | None = None
    """Changed files above which no label by changed files is looked at."""
    undecided: tuple[str, ...] = ()
    """Labels whose rules hold something unsupported; they are neither added nor removed."""
    problems: tuple[Problem, ...] = ()
    """What the action passes over in silence, and what is not supported here, in the order of the lines."""

    @cached_property
    def globs(self) -> Mapping[Glob, int]:
        """Number all globs of the rules."""
        conditions = (one for rule in self.rules for block in rule.blocks for one in block.conditions)
        found = (glob for condition in conditions for globs in condition.files or () for glob in globs.globs)
        return {glob: place for place, glob in enumerate(dict.fromkeys(found))}

    @cached_property
    def patterns(self) -> LinearPatterns:
        """Compile the plain part of all globs, by their numbers, so that a path asks them all at once."""
        return LinearPatterns([glob.plain for glob in self.globs])
