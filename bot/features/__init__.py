"""The features, in the order in which their words stand in the status comment.

Adding one takes its module, its template, its test and one line here.
"""

from __future__ import annotations

from bot.config import Section
from bot.features import (
    anonymize,
    assigning,
    card_check,
    checks,
    claim,
    closing,
    config,
    dataset_card,
    dataset_checklist,
    drafting,
    duplicates,
    failures,
    help,
    hold,
    labelling,
    labels,
    learning,
    milestone,
    model_card,
    needs_info,
    next_steps,
    release_check,
    release_model,
    rerun,
    reviewers,
    routing,
    size,
    stale,
    taking_back,
    triage,
    waive,
    welcome,
)

FEATURES = (
    welcome.feature,
    next_steps.feature,
    triage.feature,
    needs_info.feature,
    failures.feature,
    duplicates.feature,
    routing.feature,
    hold.feature,
    claim.feature,
    assigning.feature,
    stale.feature,
    labels.feature,
    size.feature,
    checks.feature,
    card_check.feature,
    model_card.feature,
    dataset_card.feature,
    dataset_checklist.feature,
    anonymize.feature,
    release_check.feature,
    release_model.feature,
    taking_back.feature,
    waive.feature,
    reviewers.feature,
    learning.feature,
    labelling.feature,
    milestone.feature,
    closing.feature,
    drafting.feature,
    rerun.feature,
    config.feature,
    help.feature,
)


def sections() -> dict[str, type[Section]]:
    """Give every feature's section of the configuration by name."""
    return {feature.name: feature.section for feature in FEATURES}
