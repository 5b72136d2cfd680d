"""What can go wrong with the Hub: what may pass by itself, and what a person has to fix."""

from __future__ import annotations


class HubError(Exception):
    """Stand for both kinds of failure, with words a person can act on."""

    def __init__(self, message: str, next_step: str = "") -> None:
        self.message = message
        self.next_step = next_step
        super().__init__(message, next_step)  # both, so that the error survives being pickled

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class HubUnavailable(HubError):
    """Say that the Hub could not answer now: an outage, a timeout, a rate limit. Trying again may work.

    ``retry_after`` is how many seconds it asked to wait, if it did.
    """

    def __init__(self, message: str, next_step: str = "", retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message, next_step)


class HubRefused(HubError):
    """Say that the Hub will not do it, however often it is asked; ``next_step`` says what would help."""
