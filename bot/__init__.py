"""Giveback: a GitHub App for AI repositories that makes giving back easy and safe."""

__version__ = "0.1.0"
