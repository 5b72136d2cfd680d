"""Carry a workflow out on the command line, where no engine remembers steps and nobody else decides."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import typer

from bot.release.course import TRANSIENT
from bot.release.progress import ReleaseProgress
from bot.release.request import Decision, DecisionKind
from bot.release.sources.errors import SourceRefused, is_full

ATTEMPTS = 4
"""How often a step is tried whose failure may pass."""
NO_ROOM = "Make room, or set TMPDIR to a folder on a larger disk, then give the command again."
NOBODY_ELSE = (
    "Here is nobody else to approve it. Say why that is right with --without-second-person 'REASON', which "
    "the report states, or ask for it on GitHub with {}."
)
FIRST_WAIT = 2.0
"""Seconds before the second try; each further wait is twice as long."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class LocalWorld:
    """Run the steps one after the other in this process, and ask the person at the keyboard.

    What is done already is found and left alone when the command is given again after a death, as every step
    may be repeated.
    """

    operator: str
    confirm: Callable[[ReleaseProgress], bool]
    """Asks whether to do it; called once, before anything is changed."""
    first_wait: float = FIRST_WAIT
    shown: ReleaseProgress | None = field(default=None, init=False)
    asked: bool = field(default=False, init=False)

    async def step(
        self, name: str, action: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a step, again after a failure that may pass."""
        try:
            for attempt in range(1, ATTEMPTS):
                try:
                    return await action(*args, **kwargs)
                except TRANSIENT as error:
                    wait = self.first_wait * 2 ** (attempt - 1)
                    _say(f"  {error.message} Trying again in {wait:.0f} s.")
                    await asyncio.sleep(wait)
            return await action(*args, **kwargs)
        except OSError as error:
            if is_full(error):
                raise SourceRefused("There is no room left on the disk.", NO_ROOM) from error
            raise

    async def report(self, progress: ReleaseProgress) -> None:
        """Name the step that goes on."""
        before = self.shown.current if self.shown else None
        if progress.current is not None and progress.current != before:
            _say(f"{progress.current} …")
        self.shown = progress

    def glimpse(self, progress: ReleaseProgress) -> None:
        """Show how far a transfer is, where somebody is looking."""
        if sys.stderr.isatty() and progress.total_bytes:
            share = progress.done_bytes / progress.total_bytes
            ending = "\n" if progress.done_bytes == progress.total_bytes else ""
            typer.echo(f"\r  {share:4.0%} of {progress.total_bytes:,} bytes{ending}", err=True, nl=False)

    async def next_decision(self, timeout_seconds: float) -> Decision | None:
        """Take the confirmation the first time that somebody could decide; none is a cancellation."""
        if self.asked or self.shown is None:
            return None
        self.asked = True
        # Not in a thread: nothing else goes on meanwhile, and an interrupt has to get through.
        if self.confirm(self.shown):
            return None
        return Decision(DecisionKind.CANCEL, self.operator, "")

    async def held(self) -> str | None:
        """Say that nothing forbids to go on: a dry run is asked for with the command."""
        return None


def who_asks() -> str:
    """Name who is at the keyboard, as far as this machine knows."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # KeyError before Python 3.13
        return "somebody"


def typed_confirmation(*, yes: bool, before: Callable[[ReleaseProgress], None]) -> Confirm:
    """Ask to type the model's id once ``before`` has shown what it is about; with ``yes`` ask nobody."""

    def confirm(progress: ReleaseProgress) -> bool:
        before(progress)
        if yes:
            return True
        wanted = progress.hub_id or ""
        typed = typer.prompt(f"To go on, type {wanted}", default="", show_default=False, err=True)
        return str(typed).strip() == wanted

    return confirm


Confirm = Callable[[ReleaseProgress], bool]


def _say(line: str) -> None:
    typer.echo(line, err=True)
