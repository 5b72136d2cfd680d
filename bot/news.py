"""Wait for news, and look now and then all the same, for news may get lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class News(threading.Event):
    """A sign to stop whose waits end early when there is news.

    However much there is, waits end ``pause`` seconds apart; while ``is_busy`` says that news is to be
    expected that nobody will tell, they do so by themselves.
    """

    def __init__(self, pause: float, is_busy: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._pause = pause
        self._is_busy = is_busy
        self._news = threading.Event()
        self._looked = -pause

    def tell(self) -> None:
        """Say that there is something to look for."""
        self._news.set()

    def set(self) -> None:
        """Give the sign to stop."""
        super().set()
        self._news.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for news, the sign or the end of the time; tell whether it is time to stop."""
        if not self._is_busy():
            self._news.wait(timeout)
        super().wait(max(0.0, self._looked + self._pause - time.monotonic()))
        self._news.clear()  # what comes from here on, the look that follows may miss
        self._looked = time.monotonic()
        return self.is_set()
