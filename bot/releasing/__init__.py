"""Releases as the service does them: started by a plan, carried out by the engine, told on the thread."""

from bot.releasing.carrying import RELEASE, EngineReleases, Releasing
from bot.releasing.taking_back import TAKE_BACK, TakeBacks
from bot.releasing.world import CRASHES

__all__ = ["CRASHES", "RELEASE", "TAKE_BACK", "EngineReleases", "Releasing", "TakeBacks"]
