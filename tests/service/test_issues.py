from __future__ import annotations

from tests.scene import Scene, eventually

COMPLETE = """Python 3.11, torch 2.5.1

```python
load("model")
```

Traceback (most recent call last):
ValueError: no such file
"""


def test_an_incomplete_bug_report_gets_labels_and_one_status_comment(scene: Scene) -> None:
    place = scene.repository()
    number = scene.bob.open_issue(place.name, "Crash when loading", "it fails")
    eventually(lambda: place.status_comments(number))
    scene.settle()
    assert sorted(place.labels(number)) == ["bug", "needs-info"]
    (comment,) = place.bot_comments(number)
    assert "To look into this" in comment["body"]
    assert scene.delivery(place.name, "issues", "opened").status == "handled"
