"""A Hub on loopback that holds state on disk and answers publishers as the real one does."""

from bot.sandbox.hub.app import create_app

__all__ = ["create_app"]
