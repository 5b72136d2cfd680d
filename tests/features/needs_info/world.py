"""What the feature can read, and short words for what happens on its issues."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.actions import Action, Remember, SetSection
from bot.commands import Permission
from bot.errors import GoneError
from bot.events import TIMER, Issue, Thread
from bot.features import needs_info as feature
from bot.features.failures import FailuresSection
from bot.features.needs_info import NeedsInfoSection
from bot.reads import PostedComment
from bot.triage.forms import Field, FieldKind, Form, Forms
from bot.triage.history import PastIssue
from bot.triage.learning.prediction import Prediction
from bot.triage.waiting import Question
from tests.fixtures.events import Json, comment_event, event, issue

SECTION = NeedsInfoSection()
NOW = time.time()
VAGUE = {"title": "[Bug] Crash when loading", "body": "it fails"}
COMPLETE = """It crashes when loading.

Python 3.11, torch 2.5.1

```python
load("model")
```

Traceback (most recent call last):
ValueError: no such file
"""
UNANSWERED = """\
### Your current environment

_No response_

### Python version

_No response_

### How did you install it?

pip

### Log output

_No response_

### Before you submit

- [x] I searched for the same [issue](https://example.org)
"""


def question(*asked: str, since: float = NOW, **more: Any) -> Question:
    return Question(login="bob", asked=asked or ("Traceback", "Code", "Versions"), since=since, **more)


def form_of(*labels: str) -> Forms:
    """A form that requires an answer below each label."""
    fields = tuple(Field(label, FieldKind.TEXTAREA, required=True) for label in labels)
    return Forms((Form("form.yml", "Form", fields),))


@dataclass
class World:
    """What can be read: the repository's forms, what is remembered, and the issue as it is now."""

    kept: Question | None = None
    forms: Forms = field(default_factory=Forms)
    prediction: Prediction = field(default_factory=lambda: Prediction((), None))
    held: Permission = Permission.READ
    own: frozenset[str] = frozenset()
    answer: Json | None = None
    """What maintainers know of any failure."""
    failures: FailuresSection = field(default_factory=FailuresSection)
    now: Json | None = field(default_factory=lambda: issue(**VAGUE))
    said: list[PostedComment] = field(default_factory=list)

    async def recall_everywhere(self, thread: Thread, name: str, key: str) -> dict[int, dict[str, Any]]:
        return {0: self.answer} if self.answer else {}

    async def section_of(self, name: str) -> FailuresSection:
        return self.failures

    async def own_slug(self) -> str:
        return "giveback"

    async def issue_forms(self, repository: str) -> Forms:
        return self.forms

    async def predicted_labels(self, thread: Thread, one: PastIssue) -> Prediction:
        return self.prediction

    async def permission(self, repository: str, login: str) -> Permission:
        return self.held

    async def recall(self, thread: Thread, name: str) -> dict[str, dict[str, Any]]:
        assert name == "needs-info"
        return {"question": self.kept.model_dump()} if self.kept else {}

    async def own_labels(self, thread: Thread) -> frozenset[str]:
        return self.own

    async def issue(self, repository: str, number: int) -> Issue:
        if self.now is None:
            raise GoneError("Not Found", 404)
        return Issue.model_validate(self.now)

    async def comments(self, repository: str, number: int) -> list[PostedComment]:
        return self.said


async def opened(
    world: World | None = None, section: NeedsInfoSection = SECTION, **fields: Any
) -> Sequence[Action]:
    happened = event("issues", "opened", issue=issue(**{**VAGUE, **fields}))
    return await feature.opened(happened, section, world or World())


async def edited(world: World, section: NeedsInfoSection = SECTION, **fields: Any) -> Sequence[Action]:
    return await feature.edited(event("issues", "edited", issue=issue(**{**VAGUE, **fields})), section, world)


async def replied(world: World, body: str, author: str = "bob", **about: Any) -> Sequence[Action]:
    happened = comment_event(body, author=author, about=issue(**{**VAGUE, **about}))
    return await feature.commented(happened, SECTION, world)


async def rang(world: World, section: NeedsInfoSection = SECTION) -> Sequence[Action]:
    return await feature.silent(event(TIMER, "needs-info.silence", issue={"number": 7}), section, world)


def words(actions: Sequence[Action]) -> str:
    (one,) = [action for action in actions if isinstance(action, SetSection)]
    return one.body


def kept(actions: Sequence[Action]) -> Question | None:
    (one,) = [action for action in actions if isinstance(action, Remember)]
    return Question.model_validate(one.value) if one.value is not None else None


def kinds(actions: Sequence[Action]) -> set[str]:
    return {action.kind for action in actions}


CLEARED = {"remove_labels", "set_timer", "remember", "set_section"}
