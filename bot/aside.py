"""Do long work in threads of its own, so that short work never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")

THREADS = 16
"""Pieces of long work at once; they mostly wait for a server or the disk."""

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")


async def aside(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Do what may take seconds or more, as :func:`asyncio.to_thread` does what takes less."""
    run = partial(copy_context().run, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, run)
