from __future__ import annotations

import pytest

from bot.triage.learning.learn import learn
from bot.triage.learning.model import Model
from tests.triage.learning.histories import history


@pytest.fixture(scope="session")
def model() -> Model:
    return learn(history(300))
