"""Releases as the service does them: started by a plan, carried out by the engine, told on the thread."""

from bot.releasing.carrying import RELEASE, EngineReleases, Releasing
from bot.releasing.world import CRASHES

__all__ = ["CRASHES", "RELEASE", "EngineReleases", "Releasing"]
