"""Let the disk of releases be full at each of their steps: ``python -m tests.faults.disks``, as root."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.hub.publishing import Publisher
from bot.release.actions import HubActions
from bot.release.progress import STEPS, Reach
from bot.release.sources.errors import is_full, no_room
from bot.release.workflow import run
from tests.faults.endings import DONE, Before, reach_of, wrong_on_hub
from tests.faults.trial import RELEASE, Trial, trial
from tests.release.worlds import REQUEST, FolderSource, World

MEGABYTES = 2
BALLAST = "ballast"


@dataclass
class Filling(World):
    """A world whose disk is full from a step on, until somebody makes room."""

    disk: Path = field(default_factory=Path)
    at: str = ""

    async def step(self, name: str, action: Any, *args: Any, **kwargs: Any) -> Any:
        if name == self.at:
            fill(self.disk)
        try:
            return await super().step(name, action, *args, **kwargs)
        except OSError as error:  # as the engine and the command line take it
            if is_full(error):
                raise no_room() from error
            raise


def fill(disk: Path) -> None:
    """Leave no room on a disk."""
    with suppress(OSError), (disk / BALLAST).open("ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a small disk of its own."""
    with tempfile.TemporaryDirectory(prefix="giveback-disk-") as folder:
        size = f"size={MEGABYTES}m"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def release_on(one: Trial, disk: Path, at: str = "") -> tuple[str, str, list[str]]:
    """Release with a disk that is full from a step on; say how it ended, its words, and what is wrong."""
    world = Filling(disk=disk, at=at)

    async def release() -> Any:
        async with Publisher(one.hub.access) as publisher:
            return await run(REQUEST, world, HubActions(FolderSource(one.model), publisher, disk / "room"))

    outcome = asyncio.run(release())
    wrong = wrong_on_hub(RELEASE, one.hub, one.model, outcome, Before())
    if outcome.reach is Reach.NOTHING and "no room left on the disk" not in outcome.message:
        wrong.append(f"the words do not say why: {outcome.message}")
    return reach_of(outcome), outcome.message, wrong


def main() -> int:
    """Fill the disk at each step, then make room and release again; 1 when something is wrong."""
    bad = 0
    with trial() as one:
        for step in STEPS:
            one.forget()
            with small_disk() as disk:
                reach, words, wrong = release_on(one, disk, step)
                (disk / BALLAST).unlink(missing_ok=True)
                if reach != DONE:
                    again, said, more = release_on(one, disk)
                    wrong += [*more, *([] if again == DONE else [f"again: {said}"])]
            bad += len(wrong)
            print(f"{step}: {reach}. {words} {'; '.join(wrong)}", file=sys.stderr, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
