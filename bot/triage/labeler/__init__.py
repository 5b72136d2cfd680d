"""Label pull requests by `.github/labeler.yml`, read in full and meant as actions/labeler 5 and 6 mean it."""

from bot.triage.labeler.inputs import LabelerInputs, read_inputs
from bot.triage.labeler.matching import LabelPlan, Pull, labels_for
from bot.triage.labeler.reading import LABELER_PATH, read_labeler
from bot.triage.labeler.rules import LabelerRules

__all__ = [
    "LABELER_PATH",
    "LabelPlan",
    "LabelerInputs",
    "LabelerRules",
    "Pull",
    "labels_for",
    "read_inputs",
    "read_labeler",
]
