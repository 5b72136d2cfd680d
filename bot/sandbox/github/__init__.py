"""A GitHub that looks real, on loopback, with its state on disk."""

from bot.sandbox.github.app import create_app

__all__ = ["create_app"]
