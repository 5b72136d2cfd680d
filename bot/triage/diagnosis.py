"""Say what a report shows: known failures, what they are about, what may help, and what does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.triage.environment import BlockKind, Contradiction
from bot.triage.label_names import label_for
from bot.triage.reports import read_report
from bot.triage.tracebacks import (
    Failure,
    Group,
    Hint,
    Kind,
    Proposal,
    Rules,
    components,
    fingerprint,
    hints,
    standard_rules,
    why_not,
)

FINGERPRINTS = 3
"""Different failures of one report that are remembered."""
HINTS = 2
"""Hints that are shown: the first ones of the table, which are about what was seen most directly."""
LABELS = 4
"""Labels that are proposed for one report."""
MAX_MESSAGE = 120
"""Characters of a failure's message that are repeated."""

_OF_DEVICES = {Kind.DEVICE, Kind.OUT_OF_MEMORY, Kind.LIBRARY, Kind.COLLECTIVE}
"""Failures that are about the machine, so that a common accelerator tells something."""
_COMMON = {"cuda", "cpu"}
_BY_FRAMES = {Group.COMPONENT, Group.FRAMEWORK}
_SAID_TWICE = "two-versions"
"""The hint that says what the contradictions say in full."""


@dataclass(frozen=True)
class Diagnosis:
    """What a report shows, as far as somebody can be told about it."""

    failures: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of what failed, each with the failure in a few words, in the report's order."""
    proposals: tuple[Proposal, ...] = ()
    hints: tuple[Hint, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    unknown: str = ""
    """Why there is no fingerprint, where something failed and has none."""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to remember, to propose or to say."""
        return not (self.failures or self.proposals or self.hints or self.contradictions)


def diagnose(text: str, rules: Rules | None = None) -> Diagnosis:
    """Read a report; raises nothing on any text. Call it off the event loop.

    ``rules`` say which component a frame belongs to; :func:`standard_rules` if not given.
    """
    report = read_report(text)
    found: dict[str, str] = {}
    for failure in report.failures:
        mark = fingerprint(failure)
        if mark is not None and len(found) < FINGERPRINTS:
            found.setdefault(mark, in_few_words(failure))
    reasons = (why for failure in report.failures if (why := why_not(failure)))
    shown = (one for one in hints(report.failures, report.environment) if one.id != _SAID_TWICE)
    return Diagnosis(
        failures=found,
        proposals=tuple(_proposals(report.failures, text, rules or standard_rules())),
        hints=tuple(shown)[:HINTS],
        contradictions=tuple(_between_blocks(report.environment.contradictions)),
        unknown="" if found else next(reasons, ""),
    )


def labels_from(
    proposals: Collection[Proposal], known: Collection[str], own: Mapping[str, str | None]
) -> dict[str, str]:
    """Give the repository's labels for what is proposed, at most :data:`LABELS`, each with its reason."""
    labels: dict[str, str] = {}
    for proposal in proposals:
        label = label_for(proposal.group.value, proposal.name, known, own)
        if label is not None and len(labels) < LABELS:
            labels.setdefault(label, proposal.reason)
    return labels


def in_few_words(failure: Failure) -> str:
    """Name a failure as people do: its type and the beginning of its message."""
    message = next((line.strip() for line in failure.message.split("\n") if line.strip()), "")
    said = f"{failure.name}: {message}" if message else failure.name
    return said if len(said) <= MAX_MESSAGE else said[: MAX_MESSAGE - 1].rstrip() + "…"


def _proposals(failures: Collection[Failure], text: str, rules: Rules) -> Iterator[Proposal]:
    """Propose by the frames of what failed, and by a machine that is unusual or that failed itself."""
    seen: set[tuple[Group, str]] = set()
    named = [one for failure in failures for one in components(failure, rules) if one.group in _BY_FRAMES]
    about_machine = any(failure.kind in _OF_DEVICES for failure in failures)
    spread = any(one.name == "distributed" for one in named) or any(
        failure.kind is Kind.COLLECTIVE for failure in failures
    )
    machine = [
        one
        for one in (components(read_report(text).environment, rules) if failures else ())
        if one.group is Group.HARDWARE
        and (one.name not in _COMMON or (about_machine and one.name != "cpu"))
        and (one.name != "multi-gpu" or spread)
    ]
    for one in (*sorted(named, key=lambda one: one.group is not Group.COMPONENT), *machine):
        if (one.group, one.name) not in seen:
            seen.add((one.group, one.name))
            yield one


def _between_blocks(contradictions: Collection[Contradiction]) -> Iterator[Contradiction]:
    """Keep what blocks disagree about: in their own words people compare versions, and mean it."""
    for one in contradictions:
        facts = tuple(fact for fact in one.facts if fact.source.block is not BlockKind.STATED)
        if len(facts) > 1:
            yield Contradiction(one.what, facts)
