"""Let everything go wrong around a release, and write docs/release-faults.md: ``python -m tests.faults``."""

from __future__ import annotations

import argparse
import contextlib
import datetime
import io
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.rendering import environment
from tests.bench import machine
from tests.faults.campaign import TOP, Came, Case, cases, fingerprint, run
from tests.faults.endings import DONE, NOTHING, REACHED, UNSURE
from tests.faults.killed import AT_STEPS
from tests.faults.kinds import HERE, KILLS, OTHER, SAME
from tests.faults.trial import WHATS, trial

PAGE = TOP / "docs" / "release-faults.md"
KEPT = TOP / ".giveback" / "faults"
KINDS = (*HERE, *KILLS, SAME, OTHER)
SIGNS = {DONE: "D", REACHED: "R", NOTHING: "N", UNSURE: "?"}


def main() -> int:
    """Try what was not tried yet with this code, as far as there is time; 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=25, help="the rest is left for the next run")
    parser.add_argument("--afresh", action="store_true", help="try everything again")
    parser.add_argument("--dry", action="store_true", help="write no page")
    options = parser.parse_args()
    until = time.monotonic() + 60 * options.minutes
    for name in ("huggingface_hub", "bot"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{fingerprint()}.jsonl"
    if options.afresh:
        kept.unlink(missing_ok=True)
    # The client's code tells how far transfers are on standard output, as in a process of its own.
    with trial() as one, contextlib.redirect_stdout(_Nowhere()):
        listed = cases(one)
        tried = list(_told(run(one, listed, kept, until), len(listed)))
    if not options.dry:
        PAGE.write_text(page(listed, tried), encoding="utf-8")
    wrong = [came for came in tried if came.ending.wrong]
    return 1 if wrong or len(tried) < len(listed) else 0


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


def _told(tried: Iterable[Came], whole: int) -> Iterable[Came]:
    number = 0
    for number, came in enumerate(tried, start=1):
        for problem in came.ending.wrong:
            _say(f"{came.case.name} ({came.case.place}): {problem}")
        if number % 100 == 0:
            _say(f"{number} of {whole}")
        yield came
    _say(f"{number} of {whole} were tried with this code.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def page(listed: Sequence[Case], tried: Sequence[Came]) -> str:
    """Write the page of what came of it."""
    templates = environment(FileSystemLoader(Path(__file__).parent))
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for came in tried:
        words[came.ending.reach][came.ending.words] += 1
    return templates.get_template("page.md.j2").render(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine=machine.facts(),
        code=fingerprint(),
        whole=len(listed),
        tried=len(tried),
        minutes=sum(came.seconds for came in tried) / 60,
        wrong=[came for came in tried if came.ending.wrong],
        ends=Counter(came.ending.reach for came in tried),
        signs=SIGNS,
        kinds=KINDS,
        at_steps=AT_STEPS,
        tables={what: _table(what, listed, tried) for what in WHATS},
        step_tables={what: _steps(what, tried) for what in WHATS},
        words={reach: words[reach].most_common() for reach in (NOTHING, UNSURE, REACHED, DONE)},
    )


def _table(what: str, listed: Sequence[Case], tried: Sequence[Came]) -> dict[str, dict[str, str]]:
    """Say for each request and kind of failure how it ended; requests of one name are one row."""
    backwards = sorted(listed, key=lambda case: -case.number)
    order = {case.place: case.number for case in backwards if case.what == what}
    cells: dict[str, dict[str, list[Came]]] = defaultdict(lambda: defaultdict(list))
    for came in tried:
        if came.case.what == what and came.case.kind not in AT_STEPS:
            cells[came.case.place][came.case.kind].append(came)
    return {
        place: {kind: _sign(cells[place][kind]) for kind in cells[place]}
        for place in sorted(cells, key=lambda place: order[place])
    }


def _steps(what: str, tried: Sequence[Came]) -> list[tuple[str, dict[str, str]]]:
    cells: dict[tuple[int, str], dict[str, str]] = defaultdict(dict)
    for came in tried:
        if came.case.what == what and came.case.kind in AT_STEPS:
            cells[came.case.number, came.case.place][came.case.kind] = _sign([came])
    return [(place, cells[number, place]) for number, place in sorted(cells)]


def _sign(came: Sequence[Any]) -> str:
    if any(one.ending.wrong for one in came):
        return "**wrong**"
    return "".join(dict.fromkeys(SIGNS[one.ending.reach] for one in came))


if __name__ == "__main__":
    sys.exit(main())
