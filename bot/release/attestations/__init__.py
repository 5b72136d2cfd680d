"""What a release says about itself: hashes, provenance and an ML-BOM, derived from what was recorded of it.

Each text is the same whenever it is derived from the same records, so that what is added after people
approved follows from what they approved and from how they did it, and from nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.hub.jobs import BOM, PROVENANCE, SUMS
from bot.release.attestations.bom import bom
from bot.release.attestations.provenance import provenance
from bot.release.attestations.sums import write_sums
from bot.release.attestations.told import COMMAND_LINE, Maker, Told
from bot.release.files import ReleaseFile, WrittenFile

__all__ = ["COMMAND_LINE", "Maker", "Told", "derive", "listed"]


def derive(told: Told) -> tuple[WrittenFile, ...]:
    """Write the attestations of a release, all but its signature.

    Each covers what came before it: the ML-BOM the approved files, the provenance the ML-BOM too, and
    SHA256SUMS all of them.
    """
    made = WrittenFile(BOM, _json(bom(told)), "the ML-BOM")
    covered = (*told.collected.files, *listed([made]))
    statement = WrittenFile(PROVENANCE, _json(provenance(told, covered)), "the provenance")
    sums = WrittenFile(SUMS, write_sums((*covered, *listed([statement]))), "the hashes of all files")
    return made, statement, sums


def listed(written: Iterable[WrittenFile]) -> tuple[ReleaseFile, ...]:
    """Give written files as what they are once they are published."""
    return tuple(
        ReleaseFile(file.path, len(content := file.text.encode()), hashlib.sha256(content).hexdigest())
        for file in written
    )


def _json(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
