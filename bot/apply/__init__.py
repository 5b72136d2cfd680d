"""Carry a plan out: the only room that writes to GitHub."""

from bot.apply.acts import LongWork
from bot.apply.applier import Applied, Applier
from bot.apply.status import STATUS_MARKER, status_text

__all__ = ["STATUS_MARKER", "Applied", "Applier", "LongWork", "status_text"]
