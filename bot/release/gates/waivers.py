"""Waive gates that did not pass, on the word of a maintainer who did not ask for the release.

There are two ways to give it, and one rule: it is a maintainer's own word, for exactly this content. With the
command ``/waive`` that is so from the start: the word is kept with the content it was given for, and with
what was seen in the gate then, so that it covers no other finding. An entry in the manifest anybody could
have written, so the approval gate waits until that maintainer approved exactly this content, with the
manifest and so the entry in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.release.approvals import MAY_WAIVE, GivenWaiver, Person
from bot.release.gates.results import Candidate, GateResult, Outcome
from bot.release.manifest import Waiver


@dataclass(frozen=True)
class _Word:
    """Hold one maintainer's word, however it was given; ``against`` says why it counts for nothing."""

    gate: str
    person: Person
    told: str
    reason: str
    against: str = ""


def waived(results: Iterable[GateResult], candidate: Candidate) -> tuple[GateResult, ...]:
    """Give the results with those waived that can be; each says by whom and why, or why not."""
    entries = candidate.manifest.waivers if candidate.manifest else ()
    return tuple(_judged(result.sealed(candidate.digest), candidate, entries) for result in results)


def _judged(result: GateResult, candidate: Candidate, entries: Iterable[Waiver]) -> GateResult:
    if result.passed:
        return result
    words = [*_given(candidate.waivers, candidate, result.seal), *_written(entries)]
    refused: list[str] = []
    for word in words:
        if word.gate != result.gate:
            continue
        why = _against(word, result, candidate)
        if not why:
            said = f"waived by {word.told}: {word.reason}"
            return replace(result, outcome=Outcome.WAIVED, evidence=(said, *result.evidence), remedy=None)
        refused.append(f"the waiver of {word.person.login} does not count: {why}")
    return replace(result, evidence=(*refused, *result.evidence))


def _given(waivers: Iterable[GivenWaiver], candidate: Candidate, seal: str) -> Iterator[_Word]:
    """Yield the words given with the command, those for this content first."""
    for one in sorted(waivers, key=lambda one: one.digest != candidate.digest):
        against = "" if one.permission in MAY_WAIVE else "they are no maintainer"
        if one.digest != candidate.digest:
            against = "it was given for other content"
        elif one.seal != seal:
            against = "something else was seen in this gate when it was given"
        yield _Word(one.gate, one.person, one.login, one.reason, against)


def _written(entries: Iterable[Waiver]) -> Iterator[_Word]:
    for one in entries:
        yield _Word(one.gate, Person(one.by), f"{one.by}, once they approve", one.reason)


def _against(word: _Word, result: GateResult, candidate: Candidate) -> str:
    if not result.waivable:
        return "this cannot be waived"
    if candidate.requester is not None and word.person.is_same_as(candidate.requester):
        return "they asked for the release"
    return word.against
