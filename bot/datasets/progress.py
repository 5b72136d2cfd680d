"""Show how far a scan is, where somebody is looking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

# polars and the numbering plans take a second to load; only the scan itself waits for them
if TYPE_CHECKING:
    from bot.datasets.scanning import Progress


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Draw a bar on standard error, and give what tells it how far the scan is."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scan", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
