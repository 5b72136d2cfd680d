"""The features, in the order in which their words stand in the status comment.

Adding one takes its module, its template, its test and one line here.
"""

from __future__ import annotations

from bot.config import Section
from bot.features import (
    checks,
    claim,
    config,
    help,
    labels,
    learning,
    model_card,
    release_model,
    size,
    triage,
    welcome,
)

FEATURES = (
    welcome.feature,
    triage.feature,
    claim.feature,
    labels.feature,
    size.feature,
    checks.feature,
    model_card.feature,
    release_model.feature,
    learning.feature,
    config.feature,
    help.feature,
)


def sections() -> dict[str, type[Section]]:
    """Give every feature's section of the configuration by name."""
    return {feature.name: feature.section for feature in FEATURES}
