"""Say what the gates want to know of the Hub."""

from __future__ import annotations

from bot.datasets.checklist.evidence import RECORD
from bot.hub.jobs import Asked
from bot.release.gates.dataset import own_datasets
from bot.release.gates.earlier_results import RESULT_FILES
from bot.release.manifest import Manifest


def asked(declared: Manifest, withdrawn: tuple[str, ...] = ()) -> Asked:
    """List it for one manifest; ``withdrawn`` names versions whose withdrawal is known here."""
    return Asked(
        hub_id=declared.hub_id,
        tag=declared.tag,
        models=tuple(declared.base_models),
        datasets=tuple(declared.datasets),
        own=own_datasets(declared),
        results=RESULT_FILES,
        record=RECORD,
        withdrawn=withdrawn,
    )
