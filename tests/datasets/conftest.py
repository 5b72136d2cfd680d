"""What the tests of this room share."""

import pytest

from bot.datasets.detection import Detector
from bot.datasets.kinds import known_kinds


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector(known_kinds())
