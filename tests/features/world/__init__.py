"""A GitHub in memory: the real dispatcher decides on it, the real applier acts, and some acts are wrong."""

from tests.features.world.records import BOT, LABELS, STAFF, ThreadRecord
from tests.features.world.world import World

__all__ = ["BOT", "LABELS", "STAFF", "ThreadRecord", "World"]
