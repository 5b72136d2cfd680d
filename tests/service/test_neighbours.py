"""One installation's trouble is not another's."""

from __future__ import annotations

from pathlib import Path

from tests.scene import Place, eventually, open_scene


def test_an_installation_at_its_limit_holds_up_no_other(tmp_path: Path) -> None:
    with open_scene(tmp_path) as scene:
        scene.github.control("POST", "/organizations", login="acme", members={"alice": "admin"})
        scene.github.control("POST", "/repositories", owner="acme", name="models")
        scene.github.control("POST", "/installations", app_slug=scene.app["slug"], account="acme")
        limited = scene.repository()
        scene.github.fault(
            rf"{limited.name}/", "status", method="POST", status=429, headers={"retry-after": "600"}, after=20
        )
        for number in range(20):
            scene.bob.open_issue(limited.name, f"[Bug] Crash {number}", "it fails")
        eventually(lambda: scene.github.fired())
        eventually(lambda: len(scene.deliveries(limited.name, "issues", "opened")) == 20)
        place = Place(scene, "acme/models")
        number = scene.bob.open_issue(place.name, "[Bug] Crash when loading", "it fails")
        eventually(lambda: place.status_comments(number))
        assert scene.busy() > 0
