"""Play the demo with every request and every answer held to GitHub's own description of its API."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from bot.sandbox.demo.run import demo
from tests.contract.prism import Prism, prism_in_front_of


@pytest.mark.timeout(400)
def test_the_whole_story_keeps_to_githubs_api_description(tmp_path: Path) -> None:
    said = Console(record=True, width=160)
    proxies: list[Prism] = []
    with ExitStack() as stack:

        def front(api: str) -> str:
            proxies.append(stack.enter_context(prism_in_front_of(api, tmp_path / "prism.log")))
            return proxies[0].url

        code = demo(console=said, front=front)
        violations = proxies[0].violations()
        requests = proxies[0].requests
    assert violations == []
    assert code == 0, said.export_text()
    assert requests > 50
