"""Every failure at every request and step, in an order that says much early; what was tried is kept."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.attempts import fail, meet
from tests.faults.endings import Ending
from tests.faults.killed import AT_STEPS, kill
from tests.faults.kinds import HERE, KILLS, OF_WRITES, OTHER, SAME
from tests.faults.trial import RELEASES, WHATS, Trial
from tests.faults.watching import Seen

TOP = Path(__file__).parent.parent.parent
JUDGED = ("bot/hub", "bot/release", "tests/faults", "tests/release", "bot/sandbox/hub")
"""Where the code is whose change makes what was tried before worth nothing."""


@dataclass(frozen=True)
class Case:
    """One failure at one place: the request of a number, or the step of a number."""

    what: str
    kind: str
    number: int
    place: str
    """What the request or the step is called, without what tells it from others of its kind."""

    @property
    def name(self) -> str:
        """Name the case, as no other one is."""
        return f"{self.what}, {self.number}, {self.kind}"


@dataclass(frozen=True)
class Came:
    """What came of a case."""

    case: Case
    ending: Ending
    seconds: float


def cases(trial: Trial) -> tuple[Case, ...]:
    """List every case there is, by what the Hub is asked when nothing fails."""
    listed: list[Case] = []
    for what in WHATS:
        requests = trial.requests(what)
        for number, (step, seen) in enumerate(requests):
            if number in (requests.index((step, seen)), _last(requests, (step, seen))):
                listed += [Case(what, kind, number, f"{step} | {seen}") for kind in _kinds(what, seen)]
        for number, step in enumerate(trial.steps(what)):
            listed += [Case(what, kind, number, step) for kind in AT_STEPS]
    return tuple(sorted(listed, key=_turn))


def _last(requests: Sequence[tuple[str, Seen]], one: tuple[str, Seen]) -> int:
    return len(requests) - 1 - requests[::-1].index(one)


def _kinds(what: str, seen: Seen) -> Iterator[str]:
    """List what may happen at a request; what the Hub does with one that only reads is all the same."""
    kinds = (*HERE, *KILLS, *((SAME, OTHER) if what in RELEASES else ()))
    yield from (kind for kind in kinds if seen.writes or kind not in OF_WRITES)


def _turn(case: Case) -> str:
    """Take what changes something first, and mix the rest always in the same way: a part is a fair sample."""
    reads = "| GET " in case.place or "| HEAD " in case.place
    return f"{reads:d}{hashlib.sha256(case.name.encode()).hexdigest()}"


def attempt(trial: Trial, case: Case) -> Came:
    """Try one case."""
    began = time.monotonic()
    act = kill if case.kind in (*KILLS, *AT_STEPS) else meet if case.kind in (SAME, OTHER) else fail
    try:
        ending = act(trial, case.what, case.kind, case.number)
    except Exception as error:
        logging.exception("%s", case.name)
        ending = Ending("", "", (f"{type(error).__name__}: {error}",))
        trial.hub.no_faults()
    return Came(case, ending, time.monotonic() - began)


def run(trial: Trial, listed: Sequence[Case], kept: Path, until: float) -> Iterator[Came]:
    """Try the cases that were not tried before, until the moment ``until``; what came of each is kept."""
    known = {came.case: came for came in _read(kept)}
    with kept.open("a", encoding="utf-8") as file:
        for case in listed:
            if case not in known:
                if time.monotonic() >= until:
                    return
                known[case] = attempt(trial, case)
                file.write(json.dumps(asdict(known[case])) + "\n")
                file.flush()
            yield known[case]


def _read(kept: Path) -> Iterator[Came]:
    lines = kept.read_text("utf-8").splitlines() if kept.exists() else []
    for line in lines:
        one = json.loads(line)
        reach, words, wrong = (one["ending"][key] for key in ("reach", "words", "wrong"))
        yield Came(Case(**one["case"]), Ending(reach, words, tuple(wrong)), one["seconds"])


def fingerprint(places: Iterable[str] = JUDGED) -> str:
    """Give what changes with the code that is judged."""
    digest = hashlib.sha256()
    for place in places:
        for file in sorted((TOP / place).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
