from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from bot.aside import aside

HERE: ContextVar[str] = ContextVar("HERE", default="nowhere")


async def test_long_work_is_done_in_another_thread_in_the_same_context() -> None:
    HERE.set("a delivery")

    def work(first: int, *, second: int) -> tuple[int, str, str]:
        return first + second, HERE.get(), threading.current_thread().name

    total, where, thread = await aside(work, 1, second=2)
    assert (total, where, thread.startswith("aside")) == (3, "a delivery", True)


async def test_what_it_raises_comes_back() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await aside(work)
