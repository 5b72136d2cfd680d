"""Carry a plan out: the only room that writes to GitHub."""

from bot.apply.applier import Applied, Applier, LongWork
from bot.apply.status import STATUS_MARKER, status_text

__all__ = ["STATUS_MARKER", "Applied", "Applier", "LongWork", "status_text"]
