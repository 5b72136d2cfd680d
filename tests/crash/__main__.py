"""Kill the service round after round and write docs/crash-test.md: ``python -m tests.crash``."""

from __future__ import annotations

import argparse
import datetime
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from bot.release.progress import STEPS
from bot.rendering import environment
from bot.store import open_database
from tests.bench import machine
from tests.crash.campaign import Figures, campaign, takeover
from tests.crash.releases import kill_during, wrong
from tests.postgresql import empty_database, postgresql_server
from tests.processes import open_world

KINDS = ("SQLite", "PostgreSQL")
PAGE = Path(__file__).parent.parent.parent / "docs" / "crash-test.md"


def main() -> None:
    """Play every campaign, print and write what came of it, and fail when anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=main.__doc__)
    parser.add_argument("--kills", type=int, default=40, help="kills under load, for each database")
    parser.add_argument(
        "--minutes", type=float, default=5, help="after these the killing stops, for each database"
    )
    parser.add_argument("--takeovers", type=int, default=3, help="workers killed for good")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="chooses the moments")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    campaigns, taken_over, releases = [], [], {}
    with postgresql_server() as server:
        for kind in KINDS:
            with _place(kind, server) as (folder, url), open_world(folder) as world:
                campaigns.append(
                    campaign(world, url, options.kills, options.seed, seconds=options.minutes * 60)
                )
                _tell(campaigns[-1])
        for number in range(options.takeovers):
            with _place("PostgreSQL", server) as (folder, url), open_world(folder) as world:
                taken_over.append(takeover(world, url, options.seed + number))
                _tell(taken_over[-1])
        for kind in KINDS:
            with _place(kind, server) as (folder, url):
                releases[kind] = _releases(folder, url)
    report = {"campaigns": campaigns, "takeovers": taken_over, "releases": releases}
    if not options.dry:
        PAGE.write_text(_page(**report), encoding="utf-8")
    if _mistakes(campaigns + taken_over) or any(any(steps.values()) for steps in releases.values()):
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


def _releases(folder: Path, database_url: str) -> dict[str, list[str]]:
    """Kill the service once in each step of a release; give what is wrong, by step."""
    found = {}
    with open_world(folder, webhooks=True) as world:
        service = world.service(database_url)
        service.start()
        database = open_database(database_url)
        for step in STEPS:
            found[step] = wrong(kill_during(step, world, service, database))
            print(f"release killed in {step}: {found[step] or 'published once'}", flush=True)
        database.dispose()
    return found


def _tell(figures: Figures) -> None:
    print(figures, flush=True)


def _mistakes(all_figures: list[Figures]) -> int:
    return sum(len(one.lost) + len(one.doubled) + len(one.uncalled) for one in all_figures)


def _page(**report: Any) -> str:
    templates = environment(FileSystemLoader(Path(__file__).parent))
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    return templates.get_template("page.md.j2").render(date=date, machine=machine.facts(), **report)


if __name__ == "__main__":
    main()
