"""What the service logs, and how it looks where no terminal is."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from rich.console import Console

from bot.cli.service import log

SET = ("", "bot", "httpx")


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """What is logged at DEBUG to something narrow that is no terminal."""
    loggers = [logging.getLogger(name) for name in SET]
    levels, handlers = [one.level for one in loggers], loggers[0].handlers[:]
    loggers[0].handlers.clear()
    text = io.StringIO()
    log("DEBUG", Console(file=text, width=40))
    yield text
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_a_line_stays_a_line_however_long_it_is(said: io.StringIO) -> None:
    logging.getLogger("bot.dispatch").debug("delivery %s failed", "0" * 36)
    (line,) = said.getvalue().splitlines()
    assert line.endswith(f"DEBUG bot.dispatch: delivery {'0' * 36} failed")


@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "urllib3.connectionpool", "botocore.auth"])
def test_libraries_do_not_log_headers_and_addresses_even_at_debug(said: io.StringIO, library: str) -> None:
    logging.getLogger(library).debug("location: https://files.example/weights?signature=secret")
    logging.getLogger("httpx").info("GET https://files.example/weights?signature=secret")
    assert said.getvalue() == ""
