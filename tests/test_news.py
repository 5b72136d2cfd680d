from __future__ import annotations

import threading

import pytest

from bot.news import News
from tests.scene import eventually

FOREVER = 3600.0


@pytest.mark.parametrize("tell", [News.tell, News.set])
def test_a_wait_ends_with_news_and_with_the_sign_to_stop_and_says_which(tell: object) -> None:
    news, ended = News(0.0), []
    waiting = threading.Thread(target=lambda: ended.append(news.wait(FOREVER)))
    waiting.start()
    assert callable(tell)
    tell(news)
    waiting.join()
    assert ended == [tell is News.set]


def test_news_from_before_the_wait_is_not_lost_and_counts_once() -> None:
    news = News(0.0)
    news.tell()
    news.tell()
    assert news.wait(FOREVER) is False
    assert news.wait(0.0) is False


def test_while_more_is_expected_nobody_has_to_tell() -> None:
    assert News(0.0, is_busy=lambda: True).wait(FOREVER) is False


def test_much_news_ends_one_wait_and_the_sign_to_stop_ends_the_pause_too() -> None:
    news, waits = News(FOREVER), []

    def look() -> None:
        while not news.wait(FOREVER):
            waits.append(1)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(100):
        news.tell()
    eventually(lambda: waits)
    news.set()
    looking.join()
    assert len(waits) == 1
