"""What happens while the service is down is done when it is back, though GitHub tries each webhook once."""

from __future__ import annotations

import pytest

from bot import missed
from tests.scene import Scene, eventually


@pytest.fixture
def _sweeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweep at every look, and wait for nothing."""
    monkeypatch.setattr(missed, "EVERY", 0.5)
    monkeypatch.setattr(missed, "YOUNGEST", 0.0)
    monkeypatch.setattr(missed, "GAP", 0.0)


@pytest.mark.usefixtures("_sweeping")
def test_what_happened_while_the_service_was_down_is_handled_once_when_it_is_back(scene: Scene) -> None:
    place = scene.repository()
    scene.settle()
    with scene.stopped():
        numbers = [scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails") for _ in range(3)]
        eventually(lambda: scene.github.waiting == 0, "the webhooks to fail")
    eventually(lambda: len(scene.deliveries(place.name, "issues", "opened")) == 3, "the missed webhooks")
    scene.settle()
    for number in numbers:
        assert sorted(place.labels(number)) == ["bug", "needs-info"]
        assert len(place.bot_comments(number)) == 1
    rows = scene.deliveries(place.name, "issues", "opened")
    assert [(row.status, row.attempts, row.replays) for row in rows] == [("handled", 1, 0)] * 3
