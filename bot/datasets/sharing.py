"""Share the parts of files among processes, and take what they give in the order of the parts."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

from bot.datasets.detection import Detector
from bot.datasets.kinds import Kind
from bot.datasets.parts import Part, Scanned, scan_part

AHEAD = 2
"""Parts for each other process that it is given before it asks."""
WAITING = 32
"""Parts at most that are scanned before the one that comes next."""

Run = Callable[[Iterable[Part], str, Callable[[], int]], Iterator[Scanned]]
"""Scan parts of a file by the name that is shown for it, and list as many findings as there is room for."""


@contextmanager
def shared_among(processes: int, detector: Detector) -> Iterator[Run]:
    """Give what scans parts in some processes, of which this is one: each takes the memory of the rules."""
    if processes == 1:
        yield lambda parts, name, room: (scan_part(part, name, detector, room()) for part in parts)
        return
    # where Polars has not started yet: there are as many processes as cores
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    context, others = multiprocessing.get_context("spawn"), processes - 1
    with ProcessPoolExecutor(others, context, initializer=_start, initargs=(detector.kinds,)) as pool:

        def run(parts: Iterable[Part], name: str, room: Callable[[], int]) -> Iterator[Scanned]:
            def elsewhere(part: Part) -> Future[Scanned]:
                return pool.submit(_scan, part, name, room())

            def here(part: Part) -> Future[Scanned]:
                done: Future[Scanned] = Future()
                done.set_result(scan_part(part, name, detector, room()))
                return done

            return _in_order(iter(parts), elsewhere, here, AHEAD * others)

        yield run


def _in_order(
    parts: Iterator[Part],
    elsewhere: Callable[[Part], Future[Scanned]],
    here: Callable[[Part], Future[Scanned]],
    ahead: int,
) -> Iterator[Scanned]:
    """Keep the others at work, and scan here while the next part is not ready."""
    waiting: deque[Future[Scanned]] = deque()
    try:
        while True:
            while sum(not one.done() for one in waiting) < ahead and (part := next(parts, None)):
                waiting.append(elsewhere(part))
            if waiting and (waiting[0].done() or len(waiting) >= WAITING):
                yield waiting.popleft().result()
            elif part := next(parts, None):
                waiting.append(here(part))
            elif waiting:
                yield waiting.popleft().result()
            else:
                return
    finally:
        for one in waiting:
            one.cancel()


_detector: Detector | None = None
"""The detector of a process that scans for another."""


def _start(kinds: Sequence[Kind]) -> None:
    global _detector
    _detector = Detector(kinds)


def _scan(part: Part, name: str, listed: int) -> Scanned:
    assert _detector is not None  # noqa: S101 - made when the process started
    return scan_part(part, name, _detector, listed)
