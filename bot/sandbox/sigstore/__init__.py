"""A Sigstore on loopback: certificates for a job's identity, and a log of what was signed with them."""

from bot.sandbox.sigstore.app import create_app
from bot.sandbox.sigstore.services import Services

__all__ = ["Services", "create_app"]
