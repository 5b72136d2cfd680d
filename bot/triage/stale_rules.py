"""When something that nobody touches is stale, and what becomes of it then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.documents import Problem


class StaleSource(StrEnum):
    """Whose settings they are."""

    ACTIONS = "actions/stale"
    PROBOT = "probot/stale"


@dataclass(frozen=True)
class ThreadRules:
    """What becomes of issues, or of pull requests, that nobody touches."""

    enabled: bool = True
    """Whether they are looked at."""
    days_until_stale: float | None = None
    """Days without an update; None for never."""
    days_until_close: float | None = None
    """Days as stale until closing; None for never."""
    stale_label: str = ""
    close_label: str = ""
    close_reason: str = ""
    """``completed`` or ``not_planned``."""
    stale_message: str = ""
    close_message: str = ""
    unstale_message: str = ""
    only_labels: tuple[str, ...] = ()
    """Only with all of these labels."""
    any_of_labels: tuple[str, ...] = ()
    """Only with one of these labels."""
    only_types: tuple[str, ...] = ()
    """Only of these issue types."""
    only_assigned: bool = False
    exempt_labels: tuple[str, ...] = ()
    exempt_milestones: tuple[str, ...] = ()
    exempt_all_milestones: bool = False
    exempt_assignees: tuple[str, ...] = ()
    exempt_all_assignees: bool = False
    exempt_drafts: bool = False
    ignore_updates: bool = False
    """Whether the days count from the opening, whatever happens later."""
    remove_when_updated: bool = True
    """Whether an update takes the stale label off."""
    labels_to_add_when_unstale: tuple[str, ...] = ()
    labels_to_remove_when_stale: tuple[str, ...] = ()
    labels_to_remove_when_unstale: tuple[str, ...] = ()


@dataclass(frozen=True)
class StaleRules:
    """The settings of one file, or of one step of a workflow."""

    source: StaleSource
    issues: ThreadRules
    pulls: ThreadRules
    limit_per_run: int | None = None
    """Changes made at most each time; 30 for both bots when nothing is said."""
    start_date: datetime | None = None
    """What was opened before it is passed over."""
    dry_run: bool = False
    problems: tuple[Problem, ...] = ()
    """Settings that are unknown, unreadable or not followed, in the order of the lines."""
