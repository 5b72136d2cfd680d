"""Releases as the service does them: started by a plan, carried out by the engine, told on the thread."""

from bot.releasing.carrying import CRASHES, RELEASE, EngineReleases, Releasing

__all__ = ["CRASHES", "RELEASE", "EngineReleases", "Releasing"]
