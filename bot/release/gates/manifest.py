"""Gate: the manifest is valid, and the version it names is not released already."""

from __future__ import annotations

from bot.hub.staging import goes_backwards, was_withdrawn
from bot.release.files import MANIFEST
from bot.release.gates.results import Candidate, GateResult, Outcome

NAME = "manifest"


def check(candidate: Candidate) -> GateResult:
    """Fail on each problem of the manifest, with its line and column, and on a version that is taken.

    Fail, too, where people would get an older version than now, or see a model again that was withdrawn.
    A version that is on the Hub with exactly these files passes: a release that lost its way goes on.
    """
    if candidate.manifest is None:
        problems = tuple(f"{MANIFEST}:{problem}" for problem in candidate.manifest_problems)
        evidence = problems or (f"there is no {MANIFEST}",)
        return GateResult(NAME, Outcome.FAIL, evidence, f"Fix {MANIFEST} on the default branch.")
    declared = candidate.manifest
    said = f"{declared.hub_id} {declared.version}, {declared.visibility}"
    earlier = candidate.earlier
    if earlier is None:
        unseen = "the Hub was not asked whether this version is released already"
        return GateResult(NAME, Outcome.WARN, (said, unseen))
    if earlier.withdrawn and declared.visibility == "public":
        against = was_withdrawn(declared.hub_id, earlier.withdrawn)
        return GateResult(NAME, Outcome.FAIL, (against.message, said), against.next_step)
    if declared.tag not in earlier.versions:
        if earlier.ahead:
            against = goes_backwards(declared.hub_id, earlier.ahead, declared.tag)
            return GateResult(NAME, Outcome.FAIL, (against.message, said), against.next_step)
        newest = f"the version before it is {earlier.before}" if earlier.before else "the first version"
        return GateResult(NAME, Outcome.PASS, (said, newest))
    if earlier.is_same:
        return GateResult(
            NAME, Outcome.PASS, (said, f"{declared.tag} is on the Hub with exactly these files")
        )
    taken = f"{declared.tag} is on the Hub already"
    if earlier.is_same is None:
        return GateResult(NAME, Outcome.WARN, (f"{taken}; its files were not compared", said))
    remedy = f"Set a new version in {MANIFEST}: one that people have is never replaced."
    return GateResult(NAME, Outcome.FAIL, (f"{taken}, with other files", said), remedy)
