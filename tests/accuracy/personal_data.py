"""Measure how much personal data in texts is found, and how much that is none, with Presidio beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader

from bot.datasets.cells import detect_in_cells
from bot.datasets.detection import Detector, detector_of
from bot.datasets.findings import Tier
from bot.datasets.kinds import known_kinds
from bot.rendering import environment
from tests.accuracy import look_alikes, presidio

KINDS = {
    "email_address": "EMAIL_ADDRESS",
    "phone_number": "PHONE_NUMBER",
    "ip_address": "IP_ADDRESS",
    "credit_card": "CREDIT_CARD",
    "iban_code": "IBAN_CODE",
    "us_ssn": "US_SSN",
    "mac_address": "MAC_ADDRESS",
}
"""The structured kinds that are measured, and what Presidio and the data call them."""
THRESHOLDS = (0.0, 0.4, 0.5, 0.8)
"""Scores from which Presidio's findings count; the best of them on each set is shown."""
COVERED = 0.5
"""Share of a span that must lie in spans of the other side for it to count as found, or as right."""
LOOK_ALIKES = 5_000_000
"""Characters of look-alikes."""

Span = tuple[int, int, str]


class Texts(NamedTuple):
    """Texts with the personal data in them."""

    texts: list[str]
    truth: list[list[Span]]


class _Score(NamedTuple):
    """How much of what there is was found, and how much of what was said is right."""

    there: int
    found: int
    said: int
    right: int

    def as_dict(self) -> dict[str, float | int]:
        precision = self.right / self.said if self.said else 0.0
        recall = self.found / self.there if self.there else 0.0
        weighed = 4 * precision + recall
        f2 = 5 * precision * recall / weighed if weighed else 0.0
        return {"there": self.there, "said": self.said, "precision": precision, "recall": recall, "f2": f2}


def run(data_folder: Path) -> dict[str, Any]:
    """Measure on ``personal-data/*.json``; the answer is plain JSON.

    Raises:
        FileNotFoundError: no set is there, or Presidio is not installed.
    """
    files = sorted((data_folder / "personal-data").glob("*.json"))
    if not files:
        raise FileNotFoundError(f"There is no set in {data_folder / 'personal-data'}.")
    detector = detector_of(known_kinds())
    return {
        "sets": {file.stem: _measured(read(file), detector) for file in files},
        "look_alikes": _look_alikes(detector),
        "rules": len({kind.name for kind in known_kinds()}),
    }


def read(file: Path) -> Texts:
    """Read a set as presidio-research writes them."""
    names = {theirs: ours for ours, theirs in KINDS.items()}
    rows = json.loads(file.read_text(encoding="utf-8"))
    truth = [
        [
            (span["start_position"], span["end_position"], names[span["entity_type"]])
            for span in row["spans"]
            if span["entity_type"] in names
        ]
        for row in rows
    ]
    return Texts([row["full_text"] for row in rows], truth)


def _measured(given: Texts, detector: Detector) -> dict[str, Any]:
    ours = _ours(given.texts, detector, tuple(Tier))
    verified = _ours(given.texts, detector, (Tier.VERIFIED,))
    theirs = _best(given)
    return {
        "texts": len(given.texts),
        "ours": _by_kind(given.truth, ours),
        "verified": _by_kind(given.truth, verified),
        "presidio": theirs,
    }


def _ours(texts: Sequence[str], detector: Detector, tiers: Sequence[Tier]) -> list[list[Span]]:
    spans: list[list[Span]] = [[] for _ in texts]
    for hit in detect_in_cells(detector, texts):
        if hit.tier in tiers and hit.kind in KINDS:
            spans[hit.cell].append((hit.start, hit.end, hit.kind))
    return spans


def _best(given: Texts) -> dict[str, Any]:
    """Take the threshold that is best for Presidio on these very texts."""
    names = {theirs: ours for ours, theirs in KINDS.items()}
    answer = presidio.ask(given.texts, words=True)
    judged = []
    for threshold in THRESHOLDS:
        spans = [
            [
                (start, end, names[kind])
                for start, end, kind, score in found
                if kind in names and score >= threshold
            ]
            for found in answer.spans
        ]
        judged.append({"threshold": threshold, "kinds": _by_kind(given.truth, spans)})
    return max(judged, key=lambda one: one["kinds"]["all"]["f2"])


def _by_kind(truth: Sequence[list[Span]], said: Sequence[list[Span]]) -> dict[str, Any]:
    scores = {kind: _score(truth, said, (kind,)) for kind in KINDS}
    every = {"all": _score(truth, said, tuple(KINDS))}
    return {kind: score.as_dict() for kind, score in (scores | every).items() if score.there or score.said}


def _score(truth: Sequence[list[Span]], said: Sequence[list[Span]], kinds: tuple[str, ...]) -> _Score:
    counts: Counter[str] = Counter()
    for there, found in zip(truth, said, strict=True):
        for span in there:
            if span[2] in kinds:
                counts["there"] += 1
                counts["found"] += _is_covered(span, found)
        for span in found:
            if span[2] in kinds:
                counts["said"] += 1
                counts["right"] += _is_covered(span, there)
    return _Score(counts["there"], counts["found"], counts["said"], counts["right"])


def _is_covered(span: Span, others: Iterable[Span]) -> bool:
    start, end, kind = span
    covered = sum(max(0, min(end, other[1]) - max(start, other[0])) for other in others if other[2] == kind)
    return covered >= COVERED * (end - start)


def _look_alikes(detector: Detector) -> dict[str, Any]:
    lines = list(look_alikes.lines(LOOK_ALIKES))
    tiers = Counter(hit.tier for hit in detect_in_cells(detector, lines))
    size = sum(map(len, lines)) / 1e6
    return {"megabytes": size, **{tier.value: tiers[tier] / size for tier in Tier}}


def section(result: Mapping[str, Any]) -> str:
    """Write the measurement as a section of docs/accuracy.md."""
    template = environment(FileSystemLoader(Path(__file__).parent)).get_template("personal_data.md.j2")
    return template.render(**result)
