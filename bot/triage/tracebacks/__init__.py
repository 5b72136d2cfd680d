"""What failed in a report, whether others saw the same, and what it is about: a pure library."""

from bot.triage.tracebacks.components import Group, Proposal, components
from bot.triage.tracebacks.failure import Failure, Frame, Kind
from bot.triage.tracebacks.fingerprint import fingerprint, signature, why_not
from bot.triage.tracebacks.hints import Hint, hints
from bot.triage.tracebacks.reading import find_failures
from bot.triage.tracebacks.tables import Rules, standard_rules

__all__ = [
    "Failure",
    "Frame",
    "Group",
    "Hint",
    "Kind",
    "Proposal",
    "Rules",
    "components",
    "find_failures",
    "fingerprint",
    "hints",
    "signature",
    "standard_rules",
    "why_not",
]
