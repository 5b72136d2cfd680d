"""Kill the service round after round and write docs/crash-test.md: ``python -m tests.crash``."""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.release.progress import STEPS
from bot.rendering import environment
from bot.store import open_database
from tests.bench import machine
from tests.crash.campaign import Figures, campaign, takeover
from tests.crash.releases import kill_during, wrong
from tests.crash.rollbacks import kill_during_rollback, wrong_rollback
from tests.postgresql import empty_database, postgresql_server
from tests.processes import open_world

KINDS = ("SQLite", "PostgreSQL")

KILLING = 0.2
"""Share of all the time that each database is killed under load; settling and counting come on top."""

TAKEN_OVER_BY, RELEASED_BY = 0.7, 0.95
"""Shares of all the time after which no further worker, or release, is begun."""

PUBLISHED_ONCE, BACK_ONCE = "published once", "went back once"
ROLLBACK = "the commit of a rollback"

PAGE = Path(__file__).parent.parent.parent / "docs" / "crash-test.md"


def main() -> None:
    """Play every campaign, print and write what came of it, and fail when anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="what does not fit into these is left out")
    parser.add_argument("--kills", type=int, default=40, help="kills under load, for each database")
    parser.add_argument("--takeovers", type=int, default=3, help="workers killed for good")
    parser.add_argument("--rate", type=float, default=8, help="deliveries a second under load")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="chooses the moments")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    whole: float = options.minutes * 60

    def has_time(share: float) -> bool:
        return time.monotonic() - began < whole * share

    campaigns, taken_over = [], []
    releases: dict[str, dict[str, str]] = {}
    with postgresql_server() as server:
        for kind in KINDS:
            with _place(kind, server) as (folder, url), open_world(folder) as world:
                seconds = whole * KILLING
                campaigns.append(
                    campaign(world, url, options.kills, options.seed, rate=options.rate, seconds=seconds)
                )
                print(campaigns[-1], flush=True)
        for number in range(options.takeovers):
            if not has_time(TAKEN_OVER_BY):
                break
            with _place("PostgreSQL", server) as (folder, url), open_world(folder) as world:
                taken_over.append(takeover(world, url, options.seed + number, rate=options.rate))
                print(taken_over[-1], flush=True)
        for number, kind in enumerate(KINDS, start=1):
            share = RELEASED_BY - (len(KINDS) - number) * (RELEASED_BY - TAKEN_OVER_BY) / len(KINDS)
            with _place(kind, server) as (folder, url):
                releases[kind] = dict(_releases(folder, url, partial(has_time, share)))
    report = {"campaigns": campaigns, "takeovers": taken_over, "releases": releases}
    report["steps"] = (*STEPS, ROLLBACK)
    minutes = (time.monotonic() - began) / 60
    if not options.dry:
        words = _page(rate=options.rate, minutes=minutes, limit=options.minutes, **report)
        PAGE.write_text(words, encoding="utf-8")
    endings = {ending for steps in releases.values() for ending in steps.values()}
    if _mistakes(campaigns + taken_over) or endings - {PUBLISHED_ONCE, BACK_ONCE}:
        sys.exit("Something was lost or doubled: see above.")


@contextmanager
def _place(kind: str, server: str) -> Iterator[tuple[Path, str]]:
    """Give an empty folder and an empty database."""
    with tempfile.TemporaryDirectory(prefix="giveback-crash-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if kind == "SQLite":
            yield folder, f"sqlite:///{folder / 'giveback.db'}"
        else:
            with empty_database(server) as url:
                yield folder, url


def _releases(folder: Path, database_url: str, has_time: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Kill the service once in each step of a release that there is time for, and in a rollback."""
    with open_world(folder, webhooks=True) as world:
        service = world.service(database_url)
        service.start()
        database = open_database(database_url)
        for step in takewhile(lambda _: has_time(), STEPS):
            found = "; ".join(wrong(kill_during(step, world, service, database))) or PUBLISHED_ONCE
            print(f"release killed in {step}: {found}", flush=True)
            yield step, found
        if has_time():
            found = "; ".join(wrong_rollback(kill_during_rollback(world, service, database))) or BACK_ONCE
            print(f"killed in {ROLLBACK}: {found}", flush=True)
            yield ROLLBACK, found
        database.dispose()


def _mistakes(all_figures: list[Figures]) -> int:
    return sum(len(one.lost) + len(one.doubled) + len(one.uncalled) for one in all_figures)


def _page(**report: Any) -> str:
    templates = environment(FileSystemLoader(Path(__file__).parent))
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    return templates.get_template("page.md.j2").render(date=date, machine=machine.facts(), **report)


if __name__ == "__main__":
    main()
